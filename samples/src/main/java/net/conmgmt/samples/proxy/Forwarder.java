package net.conmgmt.samples.proxy;

import gov.nist.javax.sip.ServerTransactionExt;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sip.ClientTransaction;
import javax.sip.InvalidArgumentException;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.header.CSeqHeader;
import javax.sip.header.ContactHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The stateful half of the proxy (RFC 3261 section 16): sends requests on, finds the context of
 * each response, and sees to it that no context stays for ever. Thread-safe.
 */
final class Forwarder implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(Forwarder.class);

  /** Timer C (RFC 3261 section 16.6 step 11), longer than three minutes. */
  static final long TIMER_C_MILLIS = 181_000;

  /** RFC 5626 section 11.5; JAIN-SIP has no name for it. */
  private static final int FLOW_FAILED = 430;

  /** 64 T1: how long a callee may take to end what was cancelled, or to repeat a success. */
  static final long TIMEOUT_MILLIS = 32_000;

  private final Sip sip;
  private final SipProvider provider;
  private final ProxyRules rules;
  private final LearnedFlows learned;
  private final long timeoutMillis;
  private final long timerCMillis;
  private final Map<String, ResponseContext.Branch> branches = new ConcurrentHashMap<>();
  private final Map<ResponseContext.Branch, Future<?>> timers = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(
          1,
          work -> {
            Thread thread = new Thread(work, "sample-proxy-timers");
            thread.setDaemon(true);
            return thread;
          });

  Forwarder(
      Sip sip,
      SipProvider provider,
      ProxyRules rules,
      LearnedFlows learned,
      long timeoutMillis,
      long timerCMillis) {
    this.timerCMillis = timerCMillis;
    this.sip = sip;
    this.provider = provider;
    this.rules = rules;
    this.learned = learned;
    this.timeoutMillis = timeoutMillis;
    clock.setRemoveOnCancelPolicy(true);
  }

  /** Sends a request on to one or several and remembers where their responses belong. */
  void forward(
      ServerTransaction upstream,
      Request received,
      String mark,
      Flow from,
      List<Target.Forward> targets)
      throws ParseException, InvalidArgumentException, SipException {
    ResponseContext context =
        new ResponseContext(sip, provider, upstream, received, mark, from, targets.size());
    if (context.isInvite()) {
      upstream.sendResponse(sip.response(Response.TRYING, received, null));
    }
    for (Target.Forward target : targets) {
      forward(context, target);
    }
  }

  private void forward(ResponseContext context, Target.Forward target) throws ParseException {
    Request received = context.received();
    ResponseContext.Branch branch = null;
    try {
      Request copy = rules.forwarded(received, context.mark(), context.from(), target);
      ClientTransaction downstream = provider.getNewClientTransaction(copy);
      branch = context.branch(downstream, target);
      // Before it is sent: an answer, or the end of the connection, may come at any moment.
      branches.put(downstream.getBranchId(), branch);
      if (context.isInvite()) {
        startTimerC(branch);
      }
      downstream.sendRequest();
    } catch (SipException | InvalidArgumentException e) {
      note(received.getMethod() + " could not be sent to " + target.flow(), e);
      Target.Forward next = target.next();
      if (branch == null && next != null) {
        forward(context, next);
      } else if (branch == null) {
        unreachable(target.flow(), context::unsent);
      } else {
        unreachable(branch);
      }
    }
  }

  private interface Answer {
    void give(int status, String reason) throws ParseException;
  }

  private static void unreachable(Flow flow, Answer answer) throws ParseException {
    if (flow.connection() == null) {
      answer.give(Response.SERVER_INTERNAL_ERROR, "The next hop cannot be reached");
    } else {
      answer.give(Response.TEMPORARILY_UNAVAILABLE, "That connection has gone");
    }
  }

  private void unreachable(ResponseContext.Branch branch) throws ParseException {
    if (goesOnAnotherFlow(branch)) {
      return;
    }
    unreachable(
        branch.target.flow(), (status, reason) -> branch.context.failed(branch, status, reason));
    forget(branch);
  }

  /** A flow has failed: another of the same device takes its place (RFC 5626 section 7). */
  private boolean goesOnAnotherFlow(ResponseContext.Branch branch) throws ParseException {
    Target.Forward next = branch.target.next();
    if (next == null || !branch.giveWay()) {
      return false;
    }
    forget(branch);
    LOG.debug("{} has failed, another flow of that device is tried", branch.target.flow());
    forward(branch.context, next);
    return true;
  }

  private void forget(ResponseContext.Branch branch) {
    stopTimer(branch);
    branches.remove(branch.transaction.getBranchId());
  }

  private void startTimerC(ResponseContext.Branch branch) {
    startTimer(branch, timerCMillis, () -> cancelled(branch));
  }

  /** It is cancelled, and has so long to end. */
  private void cancelled(ResponseContext.Branch branch) {
    branch.context.cancel(branch);
    startTimer(
        branch,
        timeoutMillis,
        () -> {
          try {
            branch.context.failed(branch, Response.REQUEST_TERMINATED, null);
          } catch (ParseException e) {
            note("The end of a cancelled request could not be reported upstream", e);
          }
          forget(branch);
        });
  }

  private void startTimer(ResponseContext.Branch branch, long millis, Runnable action) {
    stopTimer(branch);
    try {
      timers.put(branch, clock.schedule(action, millis, TimeUnit.MILLISECONDS));
    } catch (RejectedExecutionException e) {
      LOG.debug("This proxy is being stopped", e);
    }
  }

  private void stopTimer(ResponseContext.Branch branch) {
    Future<?> old = timers.remove(branch);
    if (old != null) {
      old.cancel(false);
    }
  }

  /** A connection has ended: who waits for an answer on it gets one now, not when timers end. */
  void connectionGone(ManagedConnection connection) {
    Set<ResponseContext> abandoned =
        branches.values().stream()
            .map(branch -> branch.context)
            .filter(context -> context.isFrom(connection))
            .collect(Collectors.toSet());
    for (ResponseContext context : abandoned) {
      List<ResponseContext.Branch> waiting = context.waiting();
      context.abandon();
      waiting.forEach(context.isInvite() ? this::cancelled : this::forget);
    }
    for (ResponseContext.Branch branch : branches.values()) {
      if (branch.target.flow().isOn(connection)) {
        try {
          unreachable(branch);
        } catch (ParseException e) {
          note("The end of " + branch.target.flow() + " could not be told upstream", e);
        }
      }
    }
  }

  /** Sends an ACK on, which has no transaction of its own here. */
  void forwardAck(Request received, String mark, Flow from, Target.Forward target)
      throws ParseException, InvalidArgumentException, SipException {
    provider.sendRequest(rules.forwarded(received, mark, from, target));
  }

  /** The INVITE that a CANCEL means, or null. */
  static @Nullable ServerTransaction cancelledBy(ServerTransaction cancel) {
    return cancel instanceof ServerTransactionExt ri ? ri.getCanceledInviteTransaction() : null;
  }

  /** Answers a CANCEL and cancels what was forwarded (RFC 3261 section 16.10). */
  void cancel(ServerTransaction transaction, Request cancel)
      throws ParseException, SipException, InvalidArgumentException {
    ServerTransaction invite = cancelledBy(transaction);
    if (invite == null || !(invite.getApplicationData() instanceof ResponseContext context)) {
      transaction.sendResponse(
          sip.response(Response.CALL_OR_TRANSACTION_DOES_NOT_EXIST, cancel, null));
      return;
    }
    transaction.sendResponse(sip.response(Response.OK, cancel, null));
    context.waiting().forEach(this::cancelled);
  }

  /**
   * Sends a response back to where its request came from. One that answers no request of this proxy
   * is dropped (RFC 3261 section 18.1.2): its other Via would lead anywhere.
   */
  void relay(Response response) throws ParseException {
    ViaHeader via = (ViaHeader) response.getHeader(ViaHeader.NAME);
    ResponseContext.Branch branch =
        via == null || via.getBranch() == null ? null : branches.get(via.getBranch());
    CSeqHeader cseq = (CSeqHeader) response.getHeader(CSeqHeader.NAME);
    if (branch == null || !cseq.getMethod().equals(branch.context.received().getMethod())) {
      // A CANCEL has the branch of its request; its answer ends here.
      LOG.debug("Dropped a {} that matches no request", response.getStatusCode());
      return;
    }
    ResponseContext context = branch.context;
    if (response.getStatusCode() < 200) {
      if (context.isInvite() && response.getStatusCode() > Response.TRYING && !branch.isDone()) {
        restartTimerC(branch);
      }
      context.provisional(branch, response);
      return;
    }
    if (response.getStatusCode() == FLOW_FAILED) {
      Runnable whenFailed = branch.target.whenFailed();
      if (whenFailed != null) {
        whenFailed.run();
      }
      if (goesOnAnotherFlow(branch)) {
        return;
      }
      if (whenFailed != null) {
        // 430 is meant for this proxy and for no caller (RFC 5626 section 11.5).
        response.setStatusCode(Response.TEMPORARILY_UNAVAILABLE);
        response.setReasonPhrase("Its flow has failed");
      }
    }
    boolean again = branch.isDone();
    learn(context, response);
    context.finished(branch, response);
    if (context.isInvite() && response.getStatusCode() / 100 == 2) {
      if (!again) {
        // Repeated successes find their way for as long as they are repeated.
        startTimer(branch, timeoutMillis, () -> forget(branch));
      }
      context.waiting().forEach(this::cancelled);
    } else {
      forget(branch);
    }
  }

  private void restartTimerC(ResponseContext.Branch branch) {
    if (!branch.isCancelled()) {
      startTimerC(branch);
    }
  }

  private void learn(ResponseContext context, Response response) {
    boolean registered =
        Request.REGISTER.equals(context.received().getMethod())
            && response.getStatusCode() / 100 == 2;
    if (registered) {
      for (ContactHeader contact :
          Sip.headers(context.received(), ContactHeader.NAME, ContactHeader.class)) {
        String key = contact.isWildCard() ? null : Aor.contactKey(contact.getAddress().getURI());
        if (key != null) {
          learned.accept(key, context.from());
        }
      }
    }
  }

  /** A forwarded request was never answered. */
  void timedOut(ClientTransaction downstream) throws ParseException {
    String number = downstream.getBranchId();
    ResponseContext.Branch branch = number == null ? null : branches.get(number);
    if (branch == null || branch.transaction != downstream) {
      return;
    }
    if (branch.context.isInvite()) {
      branch.context.failed(branch, Response.REQUEST_TIMEOUT, null);
    } else {
      branch.context.silent(branch);
    }
    forget(branch);
  }

  /** How many forwarded requests are remembered. */
  int size() {
    return branches.size();
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  /** A peer that has gone or is out of reach is worth a line; the trace is for who looks closer. */
  private static void note(String what, Exception why) {
    LOG.info("{}: {}", what, Failures.explanation(why));
    LOG.debug("{}", what, why);
  }
}
