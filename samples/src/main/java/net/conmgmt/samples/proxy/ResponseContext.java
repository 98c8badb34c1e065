package net.conmgmt.samples.proxy;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sip.ClientTransaction;
import javax.sip.InvalidArgumentException;
import javax.sip.ObjectInUseException;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.header.FromHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One forwarded request and what comes back for it (RFC 3261 section 16.7). However its branches
 * end, its server transaction ends with them. Thread-safe.
 */
final class ResponseContext {

  private static final Logger LOG = LogManager.getLogger(ResponseContext.class);

  /** One of the places to which the request went. */
  static final class Branch {
    final ResponseContext context;
    final ClientTransaction transaction;
    final Target.Forward target;
    private boolean done;
    private boolean provisional;
    private boolean cancelled;
    private boolean cancelSent;

    private Branch(ResponseContext context, ClientTransaction transaction, Target.Forward target) {
      this.context = context;
      this.transaction = transaction;
      this.target = target;
    }

    synchronized boolean isDone() {
      return done;
    }

    synchronized boolean isCancelled() {
      return cancelled;
    }

    /** Ends the branch for another that takes its place; false where it has ended before. */
    synchronized boolean giveWay() {
      return !cancelled && finish();
    }

    /** Whether this is the first end of the branch. */
    private synchronized boolean finish() {
      boolean first = !done;
      done = true;
      return first;
    }

    /** A CANCEL may only follow a provisional response (RFC 3261 section 9.1). */
    private synchronized boolean mayCancelNow(boolean isProvisional, boolean isCancel) {
      provisional |= isProvisional;
      cancelled |= isCancel;
      boolean now = provisional && cancelled && !cancelSent && !done;
      cancelSent |= now;
      return now;
    }

    /** The stack would wait for a response. */
    void terminate() {
      try {
        transaction.terminate();
      } catch (ObjectInUseException e) {
        LOG.debug("{} has ended meanwhile", transaction.getBranchId(), e);
      }
    }
  }

  private final Sip sip;
  private final SipProvider provider;
  private final ServerTransaction upstream;
  private final Request received;
  private final String mark;
  private final Flow from;
  private final Fork fork;
  private final List<Branch> branches = new CopyOnWriteArrayList<>();

  ResponseContext(
      Sip sip,
      SipProvider provider,
      ServerTransaction upstream,
      Request received,
      String mark,
      Flow from,
      int targets) {
    this.sip = sip;
    this.provider = provider;
    this.upstream = upstream;
    this.received = received;
    this.mark = mark;
    this.from = from;
    fork = new Fork(targets);
    upstream.setApplicationData(this);
  }

  Request received() {
    return received;
  }

  /** Ends the branches of this request. */
  String mark() {
    return mark;
  }

  Flow from() {
    return from;
  }

  boolean isInvite() {
    return Request.INVITE.equals(received.getMethod());
  }

  Branch branch(ClientTransaction transaction, Target.Forward target) {
    Branch branch = new Branch(this, transaction, target);
    branches.add(branch);
    return branch;
  }

  /** The branches that wait for a final response. */
  List<Branch> waiting() {
    List<Branch> waiting = new ArrayList<>(branches);
    waiting.removeIf(Branch::isDone);
    return waiting;
  }

  /** Passes a provisional response on. */
  void provisional(Branch branch, Response response) throws ParseException {
    if (branch.mayCancelNow(true, false)) {
      sendCancel(branch);
    }
    synchronized (fork) {
      if (!fork.isAnswered() && response.getStatusCode() != Response.TRYING) {
        send(asReceived(response));
      }
    }
  }

  /**
   * Takes a final response. Every success of an INVITE goes to the caller (RFC 3261 section 16.7
   * step 5).
   */
  void finished(Branch branch, Response response) throws ParseException {
    boolean success = response.getStatusCode() / 100 == 2;
    if (!branch.finish()) {
      if (isInvite() && success && from.isUsable()) {
        sendWithoutTransaction(asReceived(response));
      }
      return;
    }
    boolean late = answer(response);
    if (isInvite() && success) {
      if (late && from.isUsable()) {
        sendWithoutTransaction(asReceived(response));
      }
      waiting().forEach(this::cancel);
    } else if (isInvite() && response.getStatusCode() / 100 == 6) {
      waiting().forEach(this::cancel);
    }
  }

  /** The branch ends here, with that answer. */
  void failed(Branch branch, int status, @Nullable String reason) throws ParseException {
    if (branch.finish()) {
      branch.terminate();
      answer(sip.response(status, received, reason));
    }
  }

  /** There was nowhere to send a branch to. */
  void unsent(int status, @Nullable String reason) throws ParseException {
    answer(sip.response(status, received, reason));
  }

  /** The branch ends without an answer, which would come too late to be of use (RFC 4320). */
  void silent(Branch branch) throws ParseException {
    if (branch.finish()) {
      branch.terminate();
      synchronized (fork) {
        Response best = fork.silent();
        if (best != null) {
          sendFinal(best);
        } else if (waiting().isEmpty()) {
          end();
        }
      }
    }
  }

  /** The caller has gone: nobody waits, and nobody's phone has to ring. */
  void abandon() {
    fork.abandon();
    end();
    for (Branch branch : waiting()) {
      if (isInvite()) {
        cancel(branch);
      } else if (branch.finish()) {
        branch.terminate();
      }
    }
  }

  void cancel(Branch branch) {
    if (branch.mayCancelNow(false, true)) {
      sendCancel(branch);
    }
  }

  private void sendCancel(Branch branch) {
    try {
      Request cancel = branch.transaction.createCancel();
      HopRouter.direct(cancel, branch.target.flow());
      provider.getNewClientTransaction(cancel).sendRequest();
    } catch (SipException e) {
      // The final response crossed the CANCEL, or the connection has gone.
      LOG.debug("{} could not be cancelled", branch.transaction.getBranchId(), e);
    }
  }

  /**
   * Takes the answer of a device. What is chosen is sent in the same step, so that no provisional
   * response of another device follows it, and of two successes at once one knows that it is late.
   *
   * @return whether the caller had been answered before
   */
  private boolean answer(Response response) throws ParseException {
    synchronized (fork) {
      boolean late = fork.isAnswered();
      Response chosen = fork.finished(response);
      if (chosen != null) {
        sendFinal(chosen);
      }
      return late;
    }
  }

  private void sendFinal(Response chosen) throws ParseException {
    if (chosen.getStatusCode() == Response.SERVICE_UNAVAILABLE) {
      // 503 would make the client avoid this proxy, which is well (RFC 3261 section 16.7 step 6).
      chosen.setStatusCode(Response.SERVER_INTERNAL_ERROR);
    }
    send(asReceived(chosen));
  }

  /** To the caller it has the Via and From of his request, whatever the other end made of them. */
  private Response asReceived(Response response) {
    Response copy = (Response) response.clone();
    copy.removeHeader(ViaHeader.NAME);
    List<ViaHeader> way = Sip.headers(received, ViaHeader.NAME, ViaHeader.class);
    for (int i = way.size() - 1; i >= 0; i--) {
      // The stack puts an added Via on top.
      copy.addHeader((ViaHeader) way.get(i).clone());
    }
    copy.setHeader((FromHeader) received.getHeader(FromHeader.NAME).clone());
    return copy;
  }

  private void send(Response response) {
    if (!from.isUsable()) {
      // The stack would dial the address in Via.
      end();
      return;
    }
    try {
      upstream.sendResponse(response);
    } catch (SipException | InvalidArgumentException e) {
      // The stack asks of responses what only their end points have to see to.
      LOG.debug("{} is forwarded unchanged", response.getStatusCode(), e);
      sendWithoutTransaction(response);
      if (response.getStatusCode() >= 200) {
        end();
      }
    }
  }

  private void sendWithoutTransaction(Response response) {
    try {
      provider.sendResponse(response);
    } catch (SipException e) {
      LOG.info("{} could not be sent to {}: {}", response.getStatusCode(), from, e.getMessage());
      LOG.debug("{} could not be sent to {}", response.getStatusCode(), from, e);
    }
  }

  private void end() {
    try {
      upstream.terminate();
    } catch (ObjectInUseException e) {
      LOG.debug("{} has ended meanwhile", upstream.getBranchId(), e);
    }
  }

  /** Whether the caller is on that connection. */
  boolean isFrom(ManagedConnection connection) {
    return from.isOn(connection);
  }
}
