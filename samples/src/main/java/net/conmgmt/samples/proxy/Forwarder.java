package net.conmgmt.samples.proxy;

import gov.nist.javax.sip.ServerTransactionExt;
import java.text.ParseException;
import java.util.List;
import javax.sip.ClientTransaction;
import javax.sip.InvalidArgumentException;
import javax.sip.ObjectInUseException;
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

/**
 * The stateful half of the proxy (RFC 3261 section 16): pairs of transactions, responses back,
 * CANCEL and ACK onwards. The server transaction is the client transaction's application data and
 * the other way round. Thread-safe.
 */
final class Forwarder {

  private static final Logger LOG = LogManager.getLogger(Forwarder.class);

  /** What a client transaction belongs to. */
  private record Context(
      ServerTransaction upstream, Request received, Flow from, Target.Forward target, Fork fork) {}

  private final Sip sip;
  private final SipProvider provider;
  private final ProxyRules rules;
  private final LearnedFlows learned;
  private final PendingRequests pending = new PendingRequests();

  Forwarder(Sip sip, SipProvider provider, ProxyRules rules, LearnedFlows learned) {
    this.sip = sip;
    this.provider = provider;
    this.rules = rules;
    this.learned = learned;
  }

  /** Sends a request on to one or several and remembers where their responses belong. */
  void forward(
      ServerTransaction upstream,
      Request received,
      String mark,
      Flow from,
      List<Target.Forward> targets)
      throws ParseException, InvalidArgumentException, SipException {
    if (Request.INVITE.equals(received.getMethod())) {
      upstream.sendResponse(sip.response(Response.TRYING, received, null));
    }
    Fork fork = new Fork(targets.size());
    for (Target.Forward target : targets) {
      forward(new Context(upstream, received, from, target, fork), mark);
    }
  }

  private void forward(Context context, String mark)
      throws ParseException, InvalidArgumentException, SipException {
    Request received = context.received();
    Flow flow = context.target().flow();
    Request copy = rules.forwarded(received, mark, context.from(), context.target());
    ClientTransaction downstream;
    try {
      downstream = provider.getNewClientTransaction(copy);
    } catch (SipException e) {
      note(received.getMethod() + " cannot be sent to " + flow, e);
      finish(context, unreachable(received, flow));
      return;
    }
    downstream.setApplicationData(context);
    context.upstream().setApplicationData(downstream);
    // Before it is sent: the connection may end at any moment.
    pending.add(flow, downstream);
    try {
      downstream.sendRequest();
    } catch (SipException e) {
      note(received.getMethod() + " could not be sent to " + flow, e);
      if (pending.remove(downstream)) {
        finish(context, unreachable(received, flow));
      }
    }
  }

  /** A connection has ended: who waits for an answer on it gets one now, not when timers end. */
  void connectionGone(ManagedConnection connection) {
    for (ClientTransaction downstream : pending.on(connection)) {
      if (downstream.getApplicationData() instanceof Context context
          && pending.remove(downstream)) {
        answerForTheGone(context);
        end(downstream);
      }
    }
  }

  private void answerForTheGone(Context context) {
    try {
      finish(context, unreachable(context.received(), context.target().flow()));
    } catch (ParseException | SipException | InvalidArgumentException e) {
      note("The end of " + context.target().flow() + " could not be told upstream", e);
    }
  }

  /** The stack would wait for a response, for half a minute. */
  private static void end(ClientTransaction downstream) {
    try {
      downstream.terminate();
    } catch (ObjectInUseException e) {
      LOG.debug("{} has ended meanwhile", downstream.getBranchId(), e);
    }
  }

  private static void finish(Context context, Response response)
      throws InvalidArgumentException, SipException {
    Response chosen = context.fork().finished(response);
    if (chosen != null) {
      context.upstream().sendResponse(chosen);
    }
  }

  private Response unreachable(Request received, Flow flow) throws ParseException {
    return flow.connection() == null
        ? sip.response(Response.SERVER_INTERNAL_ERROR, received, "The next hop cannot be reached")
        : sip.response(Response.TEMPORARILY_UNAVAILABLE, received, "That connection has gone");
  }

  /** Sends an ACK on, which has no transaction of its own here. */
  void forwardAck(Request received, String mark, Flow from, Target.Forward target)
      throws ParseException, InvalidArgumentException, SipException {
    provider.sendRequest(rules.forwarded(received, mark, from, target));
  }

  /** Answers a CANCEL and cancels what was forwarded (16.10). */
  void cancel(ServerTransaction transaction, Request cancel) throws ParseException {
    ServerTransaction invite =
        transaction instanceof ServerTransactionExt ri ? ri.getCanceledInviteTransaction() : null;
    try {
      if (invite == null
          || !(invite.getApplicationData() instanceof ClientTransaction downstream)) {
        transaction.sendResponse(
            sip.response(Response.CALL_OR_TRANSACTION_DOES_NOT_EXIST, cancel, null));
        return;
      }
      transaction.sendResponse(sip.response(Response.OK, cancel, null));
      Request onwards = downstream.createCancel();
      if (downstream.getApplicationData() instanceof Context context) {
        HopRouter.direct(onwards, context.target().flow());
        provider.getNewClientTransaction(onwards).sendRequest();
      }
    } catch (SipException | InvalidArgumentException e) {
      // The final response crossed the CANCEL: nothing is left to cancel.
      note("Cancelling came to nothing", e);
    }
  }

  /** Sends a response back to where its request came from (16.7). */
  void relay(ClientTransaction downstream, Response response)
      throws ParseException, InvalidArgumentException, SipException {
    if (response.getStatusCode() == Response.TRYING) {
      return;
    }
    if (downstream == null) {
      relayWithoutTransaction(response);
      return;
    }
    if (!(downstream.getApplicationData() instanceof Context context)) {
      LOG.debug("{} to a request of this proxy itself", response.getStatusCode());
      return;
    }
    learn(context, response);
    Response copy = (Response) response.clone();
    copy.removeFirst(ViaHeader.NAME);
    if (copy.getStatusCode() == Response.SERVICE_UNAVAILABLE) {
      // 503 would make the client avoid this proxy, which is well (16.7 step 6).
      copy.setStatusCode(Response.SERVER_INTERNAL_ERROR);
    }
    if (copy.getStatusCode() < 200) {
      context.upstream().sendResponse(copy);
    } else if (pending.remove(downstream)) {
      finish(context, copy);
    }
  }

  /** A 2xx to INVITE that was sent again finds no transaction and must still arrive. */
  private void relayWithoutTransaction(Response response) throws SipException {
    CSeqHeader cseq = (CSeqHeader) response.getHeader(CSeqHeader.NAME);
    if (!Request.INVITE.equals(cseq.getMethod()) || response.getStatusCode() / 100 != 2) {
      LOG.debug("A stray {} to {} is dropped", response.getStatusCode(), cseq.getMethod());
      return;
    }
    Response copy = (Response) response.clone();
    copy.removeFirst(ViaHeader.NAME);
    if (copy.getHeader(ViaHeader.NAME) != null) {
      provider.sendResponse(copy);
    }
  }

  private void learn(Context context, Response response) {
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
    if (!(downstream.getApplicationData() instanceof Context context)
        || !pending.remove(downstream)) {
      return;
    }
    Response timeout = sip.response(Response.REQUEST_TIMEOUT, context.received(), null);
    if (!Request.INVITE.equals(context.received().getMethod())) {
      // RFC 4320: a failure to anything but INVITE would come too late to be of use.
      context.fork().finished(timeout);
      return;
    }
    try {
      finish(context, timeout);
    } catch (SipException | InvalidArgumentException e) {
      note("The time-out could not be told upstream", e);
    }
  }

  /** A peer that has gone or is out of reach is worth a line; the trace is for who looks closer. */
  private static void note(String what, Exception why) {
    LOG.info("{}: {}", what, Failures.explanation(why));
    LOG.debug("{}", what, why);
  }
}
