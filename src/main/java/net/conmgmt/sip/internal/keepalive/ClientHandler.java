package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.sip.header.RetryAfterHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.internal.connection.ClientTimers;
import net.conmgmt.sip.internal.connection.RegisteredFlows;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One connection that this stack opened: offers in every dialect that the stack speaks, takes what
 * is granted, and sends a keep-alive when the first grant wants one. A peer that has answered a
 * keep-alive once is held to it; one that never does is not, unless the dialect demands it.
 */
final class ClientHandler extends BaseHandler implements ClientTimers.Effects {

  private static final Logger LOG = LogManager.getLogger(ClientHandler.class);

  /** A request with offers that wait for their answers. Guarded by the handler's lock. */
  private static final class Offer {
    private final Offered offered;
    private final List<Dialect> dialects;

    /** Whether it was seen to leave. */
    private boolean told;

    private Offer(Offered offered, List<Dialect> dialects) {
      this.offered = offered;
      this.dialects = dialects;
    }
  }

  private final ClientTimers timers;
  private final DeclinedHops declinedHops;
  private final Supplier<@Nullable RegisteredFlows> flows;
  private final int pongSeconds;
  private final Object lock = new Object();

  // Guarded by lock.
  private final RequestMap<Offer> offers = new RequestMap<>();
  private final Grants grants = new Grants();

  // What the peer has declined stays declined while the connection lasts.
  private List<Dialect> declined = List.of();

  /** Whose registration went out first on it; of several users one is enough to find the rest. */
  private volatile String user = "";

  ClientHandler(
      HandlerContext context,
      TransportConnection connection,
      Traffic traffic,
      SerialExecutor inOrder,
      DeclinedHops declinedHops,
      Supplier<@Nullable RegisteredFlows> flows,
      int pongSeconds) {
    super(context, connection, inOrder);
    this.declinedHops = declinedHops;
    this.flows = flows;
    this.pongSeconds = pongSeconds;
    timers = new ClientTimers(traffic, this, context.random());
  }

  @Override
  ConnectionStatus status() {
    List<KeepAliveGrant> granted;
    synchronized (lock) {
      granted = grants.snapshot();
    }
    return status(granted, List.of(), timers.remaining());
  }

  @Override
  void stopTimers() {
    timers.stop();
  }

  @Override
  public String user() {
    return user;
  }

  // --- offers ----------------------------------------------------------------------------------

  @Override
  void outgoing(SIPMessage message) {
    if (!(message instanceof SIPRequest request)) {
      return;
    }
    if (user.isEmpty() && Request.REGISTER.equals(request.getMethod()) && request.getTo() != null) {
      user = new Endpoint(request.getTo().getAddress().getURI().toString(), "").addressOfRecord();
    }
    List<Dialect> offered = dialectsOn(request);
    for (Dialect dialect : context.spoken()) {
      if (offered.contains(dialect)) {
        dialect.offer(request);
      } else {
        dialect.withdraw(request);
      }
    }
  }

  /** Says the same again for a request that is encoded twice. */
  private List<Dialect> dialectsOn(SIPRequest request) {
    String method = request.getMethod();
    if (Request.ACK.equals(method) || Request.CANCEL.equals(method)) {
      return List.of();
    }
    synchronized (lock) {
      Offer open = offers.find(request);
      if (open != null) {
        return open.dialects;
      }
      List<Dialect> chosen = List.of();
      for (Dialect dialect : context.spoken()) {
        if (dialect.offersOn(request, grants.has(dialect.name())) && !isDeclined(dialect)) {
          // Most requests carry none.
          chosen = chosen.isEmpty() ? new ArrayList<>(context.spoken().size()) : chosen;
          chosen.add(dialect);
        }
      }
      return !chosen.isEmpty() && offers.put(request, new Offer(Offered.of(request), chosen))
          ? chosen
          : List.of();
    }
  }

  /** Under the lock. */
  private boolean isDeclined(Dialect dialect) {
    if (!declined.contains(dialect)
        && declinedHops.has(dialect.name(), connection, context.scheduler().nanoTime())) {
      decline(dialect);
    }
    return declined.contains(dialect);
  }

  /** Under the lock. */
  private void decline(Dialect dialect) {
    List<Dialect> all = new ArrayList<>(declined);
    all.add(dialect);
    declined = all;
  }

  @Override
  void sent(SIPMessage message) {
    if (!(message instanceof SIPRequest request)) {
      return;
    }
    endWith(message);
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

  // --- answers ---------------------------------------------------------------------------------

  @Override
  void incoming(SIPMessage message) {
    if (message instanceof SIPResponse response) {
      answered(response);
    }
    endWith(message);
  }

  private void answered(SIPResponse response) {
    boolean isFinal = response.getStatusCode() >= 200;
    Offer offer;
    boolean told;
    if (offers.noneOpen()) {
      return;
    }
    synchronized (lock) {
      offer = isFinal ? offers.remove(response) : offers.find(response);
      if (offer == null) {
        return;
      }
      told = offer.told;
      offer.told = true;
    }
    if (!told) {
      // The answer overtook the news that the offer left.
      tellOffered(response.getCSeq().getMethod());
    }
    for (Dialect dialect : offer.dialects) {
      decide(dialect, response, offer.offered);
    }
  }

  private void decide(Dialect dialect, SIPResponse response, Offered offered) {
    Verdict verdict = dialect.verdict(response, offered);
    if (verdict.kind() == Verdict.Kind.OPEN) {
      return;
    }
    Grant grant = verdict.grant();
    boolean keptAlive;
    boolean isNew = false;
    boolean ended = false;
    synchronized (lock) {
      keptAlive = grants.has(dialect.name());
      if (grant != null) {
        isNew = grants.put(grant, context.scheduler().nanoTime());
      } else if (isSuccessOfRegister(response)) {
        // What was granted to a registration must be granted anew with each refresh.
        String registration = Offered.callIdOf(response);
        ended =
            grants.remove(
                old -> old.dialect() == dialect.name() && old.basis().equals(registration));
      }
      if (verdict.kind() == Verdict.Kind.DECLINED) {
        decline(dialect);
        declinedHops.add(dialect.name(), connection, context.scheduler().nanoTime());
      }
      if (grant != null || ended) {
        keepTime();
      }
    }
    if (ended) {
      tellEnded(dialect.name(), "the response to the renewed REGISTER does not grant it");
    }
    tellDecision(dialect, verdict, response.getStatusCode(), keptAlive, isNew);
    if (dialect.keepsFlows()) {
      tellFlow(response, verdict.isAgreed());
    }
  }

  private void tellFlow(SIPResponse response, boolean inForce) {
    RegisteredFlows watcher = flows.get();
    if (watcher == null) {
      return;
    }
    if (isSuccessOfRegister(response)) {
      watcher.registered(connection, inForce);
    } else if (response.getHeader(RetryAfterHeader.NAME) instanceof RetryAfterHeader header) {
      watcher.retryAfter(connection, Duration.ofSeconds(Math.max(0, header.getRetryAfter())));
    }
  }

  private static boolean isSuccessOfRegister(SIPResponse response) {
    return response.getStatusCode() / 100 == 2
        && Request.REGISTER.equals(response.getCSeq().getMethod());
  }

  private void tellDecision(
      Dialect dialect, Verdict verdict, int status, boolean keptAlive, boolean isNew) {
    Grant grant = verdict.grant();
    if (!verdict.isAgreed()) {
      // What only times the keep-alives is told of once.
      if (grant == null || isNew) {
        tellFailed(
            dialect.name(),
            verdict,
            verdict.text() + ", status " + status,
            grant == null && keptAlive);
      }
    } else if (isNew && grant != null) {
      tellNegotiated(dialect.name(), grant.timeoutSeconds(), grant.rhythm());
    } else {
      LOG.debug("{}: keep-alive renewed ({})", this, dialect.name().word());
    }
  }

  /** Under the lock. */
  private void keepTime() {
    timers.follow(grants.rhythm());
    if (grants.anyEnds()) {
      timers.endAt(grants.firstEndNanos(context.scheduler().nanoTime()));
    } else {
      timers.endsNever();
    }
  }

  // --- ends ------------------------------------------------------------------------------------

  /** A message may end the dialog that something was granted for. */
  private void endWith(SIPMessage message) {
    for (Dialect dialect : context.spoken()) {
      boolean ended;
      synchronized (lock) {
        ended =
            !grants.isEmpty()
                && grants.remove(
                    grant -> grant.dialect() == dialect.name() && dialect.ends(message, grant));
        if (ended) {
          keepTime();
        }
      }
      if (ended) {
        tellEnded(dialect.name(), "its dialog has ended");
      }
    }
  }

  @Override
  public void agreementEnds() {
    List<KeepAliveDialect> before = new ArrayList<>();
    synchronized (lock) {
      context.spoken().stream().map(Dialect::name).filter(grants::has).forEach(before::add);
      if (grants.removeEnded(context.scheduler().nanoTime())) {
        keepTime();
      }
      before.removeIf(grants::has);
    }
    before.forEach(dialect -> tellEnded(dialect, "its registration has expired"));
  }

  // --- keep-alives -----------------------------------------------------------------------------

  @Override
  public void refreshDue() {
    try {
      writeKeepAlive();
    } catch (IOException e) {
      LOG.debug("{}: the keep-alive could not be sent, as the connection is not open", this, e);
    }
  }

  @Override
  void woken() {
    timers.woken();
  }

  @Override
  public void sendKeepAlive() throws IOException {
    boolean negotiated;
    synchronized (lock) {
      negotiated = !grants.isEmpty();
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
  void answered(boolean proof) {
    timers.keepAliveAnswered(proof);
  }

  @Override
  public void insideMessage() {
    timers.insideMessage();
  }

  @Override
  public void pongTimerFired() {
    connection.close(
        CloseReason.PONG_TIMER,
        "a keep-alive was not answered with CR LF within "
            + pongSeconds
            + " s, although the peer answered earlier ones or agreed to answer (RFC 5626 section"
            + " 4.4.1)");
  }
}
