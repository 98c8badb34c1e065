package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import javax.sip.message.Request;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.internal.connection.ClientTimers;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * One connection that this stack opened: offers, decides on the answer and keeps the connection
 * alive (3.4). A success stands until a later one replaces it, whatever becomes of later offers. A
 * peer that has answered a keep-alive once is held to it; one that never does is not.
 */
final class ClientHandler extends BaseHandler implements ClientTimers.Effects {

  /** How many offers may be unanswered. */
  static final int MAX_OPEN_OFFERS = 256;

  private static final Logger LOG = LogManager.getLogger(ClientHandler.class);

  /** An offer that waits for its answer. */
  private static final class Offer {
    /** Whether it was seen to leave. Guarded by the handler's lock. */
    private boolean told;
  }

  private final ClientTimers timers;
  private final int pongSeconds;
  private final Object lock = new Object();

  // Guarded by lock.
  private final RequestList<Offer> offers = new RequestList<>(MAX_OPEN_OFFERS);
  private boolean succeeded;

  ClientHandler(
      TransportConnection connection,
      SerialExecutor inOrder,
      ConnectionRegistry registry,
      Consumer<ManagedConnection> whenClosed,
      Scheduler scheduler,
      Traffic traffic,
      int pongSeconds) {
    super(connection, inOrder, registry, whenClosed);
    this.pongSeconds = pongSeconds;
    timers = new ClientTimers(scheduler, traffic, this);
  }

  @Override
  ConnectionStatus status() {
    RemainingTimes times = timers.remaining();
    // The refresh timer runs two thirds of T.
    return status((int) Math.round(times.periodMillis() * 1.5 / 1000), List.of(), times);
  }

  @Override
  void stopTimers() {
    timers.stop();
  }

  @Override
  void outgoing(SIPMessage message) {
    if (message instanceof SIPRequest request && offersOn(request)) {
      MsKeepAliveHeaders.set(request, MsKeepAliveHeaderFactory.offer());
    }
  }

  /** Says the same again for a request that is encoded twice. */
  private boolean offersOn(SIPRequest request) {
    String method = request.getMethod();
    TransactionKey key = TransactionKey.of(request);
    if (key == null || Request.ACK.equals(method) || Request.CANCEL.equals(method)) {
      return false;
    }
    synchronized (lock) {
      if (offers.find(request) != null) {
        return true;
      }
      if (succeeded && !Request.REGISTER.equals(method)) {
        return false;
      }
      offers.add(new RequestList.Entry<>(key, new Offer()));
      return true;
    }
  }

  @Override
  void sent(SIPMessage message) {
    if (!(message instanceof SIPRequest request)) {
      return;
    }
    synchronized (lock) {
      Offer offer = offers.find(request);
      if (offer == null || offer.told) {
        return;
      }
      offer.told = true;
    }
    tellOffered(request.getMethod());
  }

  private void tellOffered(String method) {
    tell("keep-alive offered on", method, l -> l.keepAliveOffered(connection, method));
  }

  @Override
  void incoming(SIPMessage message) {
    if (!(message instanceof SIPResponse response)) {
      return;
    }
    Negotiation.Decision decision =
        Negotiation.decide(response.getStatusCode(), MsKeepAliveHeaders.in(response));
    if (decision.outcome() == Negotiation.Outcome.OPEN) {
      return;
    }
    boolean told;
    boolean keptAlive;
    synchronized (lock) {
      RequestList.Entry<Offer> offer = offers.remove(response);
      if (offer == null) {
        return;
      }
      told = offer.value().told;
      keptAlive = succeeded;
      succeeded |= decision.succeeded();
    }
    if (!told) {
      // The answer overtook the news that the offer left.
      tellOffered(response.getCSeq().getMethod());
    }
    if (!decision.succeeded()) {
      String detail = decision.outcome().text() + ", status " + response.getStatusCode();
      tellFailed(decision.outcome(), detail, keptAlive);
    } else if (timers.startRefresh(decision.timeoutSeconds())) {
      tellNegotiated(decision.timeoutSeconds(), decision.refreshSeconds());
    } else {
      LOG.debug("{}: keep-alive renewed", this);
    }
  }

  @Override
  public void refreshDue() {
    try {
      writeKeepAlive();
    } catch (IOException e) {
      LOG.debug("{}: the keep-alive could not be sent, as the connection is not open", this, e);
    }
  }

  @Override
  public void sendKeepAlive() throws IOException {
    boolean negotiated;
    synchronized (lock) {
      negotiated = succeeded;
    }
    if (negotiated) {
      writeKeepAlive();
    } else {
      super.sendKeepAlive();
    }
  }

  private void writeKeepAlive() throws IOException {
    // Before it leaves: the answer may arrive before we hear that it left.
    timers.keepAliveSent(pongSeconds);
    connection.writeKeepAlive();
    tell("keep-alive sent", l -> l.keepAliveSent(connection));
  }

  @Override
  void answered() {
    timers.keepAliveAnswered();
  }

  @Override
  public void pongTimerFired() {
    connection.close(
        CloseReason.PONG_TIMER,
        "a keep-alive was not answered with CR LF within "
            + pongSeconds
            + " s, though an earlier one was (RFC 5626 section 4.4.1)");
  }
}
