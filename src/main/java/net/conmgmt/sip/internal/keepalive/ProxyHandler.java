package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.ArrayList;
import java.util.List;
import javax.sip.message.Request;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.internal.connection.ProxyTimers;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.keepalive.AuthenticationRule;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One connection that this stack accepted: answers offers, watches the connection and knows whose
 * it is ([MS-CONMGMT] 3.4, 3.5). Never offers ([MS-CONMGMT] 3.4.4).
 *
 * <p>When the connection ends in any manner, its endpoints are told to be gone: no request can
 * reach their bindings any more, as the client alone can connect again.
 */
final class ProxyHandler extends BaseHandler implements ProxyTimers.Effects {

  private static final Logger LOG = LogManager.getLogger(ProxyHandler.class);

  /** A request of the peer that matters to this connection, with the offers that are good. */
  private record Pending(
      List<Dialect> offers, @Nullable Endpoint claimed, @Nullable RegisterRequest register) {}

  private final ProxySettings settings;
  private final ProxyTimers timers;
  private final ConnectionEndpoints endpoints;
  private final RequestMap<Pending> requests = new RequestMap<>();
  private final AuthenticationRule.Watch rule;
  private final List<Dialect> spoken;

  // The T of this connection, the same in all dialects (RFC 6223 section 5).
  private final int timeoutSeconds;

  // The flow that a REGISTER has named last; who authenticates it names the device only.
  private volatile @Nullable Endpoint announced;

  // A bit for each dialect spoken in which something was agreed on; no list, as each connection
  // has one.
  private volatile int granted;

  /**
   * Handles a connection that was accepted.
   *
   * @param rule is asked who has authenticated on this connection
   */
  ProxyHandler(
      HandlerContext context,
      TransportConnection connection,
      Traffic traffic,
      SerialExecutor inOrder,
      ConnectionEndpoints endpoints,
      ProxySettings settings,
      AuthenticationRule.Watch rule) {
    super(context, connection, inOrder);
    this.endpoints = endpoints;
    this.settings = settings;
    this.rule = rule;
    spoken = settings.negotiates() ? context.spoken() : List.of();
    timeoutSeconds = settings.drawTimeoutSeconds(context.random());
    timers = new ProxyTimers(traffic, this);
  }

  @Override
  void started() {
    timers.start(settings.connectionTimeoutSeconds(), settings.idleTimeoutSeconds());
  }

  @Override
  ConnectionStatus status() {
    return status(grants(), endpoints.snapshot(), timers.remaining());
  }

  @Override
  public String user() {
    Endpoint known = endpoints.latest();
    return known == null ? "" : known.addressOfRecord();
  }

  @Override
  void stopTimers() {
    timers.stop();
  }

  @Override
  void ended(CloseReason reason) {
    removeEndpoints(reason);
  }

  @Override
  void incoming(SIPMessage message) {
    if (!(message instanceof SIPRequest request) || Request.ACK.equals(request.getMethod())) {
      return;
    }
    List<Dialect> offers = goodOffersOf(request);
    int regId = flowOf(request, offers);
    Endpoint claimed = withFlow(RuleGuard.endpointToAuthenticate(rule, request), regId);
    RegisterRequest register = RegisterRequest.of(request, endpoints.latest(), regId);
    if (register != null && regId > 0) {
      announced = register.endpoint();
    }
    if (register != null && !endpoints.areShared() && onlyRefreshes(register)) {
      register = null;
    }
    if (!offers.isEmpty() || claimed != null || register != null) {
      boolean unused = requests.put(request, new Pending(offers, claimed, register));
    }
  }

  private static int flowOf(SIPRequest request, List<Dialect> offers) {
    int regId = 0;
    // By index, as this is done for every request.
    for (int i = 0; i < offers.size(); i++) {
      regId = Math.max(regId, offers.get(i).flowOf(request));
    }
    return regId;
  }

  /** Rules and applications name the device; which of its flows this is, is known here. */
  private static @Nullable Endpoint withFlow(@Nullable Endpoint device, int regId) {
    return device == null || device.regId() == regId || regId == 0
        ? device
        : new Endpoint(device.addressOfRecord(), device.instance(), regId);
  }

  private List<Dialect> goodOffersOf(SIPRequest request) {
    List<Dialect> good = List.of();
    for (Dialect dialect : spoken) {
      Verdict offer = dialect.judge(request);
      if (offer.isAgreed()) {
        good = good.isEmpty() ? new ArrayList<>(spoken.size()) : good;
        good.add(dialect);
      } else {
        tellFailed(dialect.name(), offer, offer.text(), isGranted(dialect));
      }
    }
    return good;
  }

  private boolean isGranted(Dialect dialect) {
    return (granted & bit(dialect)) != 0;
  }

  private int bit(Dialect dialect) {
    return 1 << spoken.indexOf(dialect);
  }

  private List<KeepAliveGrant> grants() {
    return spoken.stream()
        .filter(this::isGranted)
        .map(dialect -> new KeepAliveGrant(dialect.name(), timeoutSeconds))
        .toList();
  }

  /**
   * Whether success will change nothing here, as with most registrations: then nothing of it needs
   * to be carried to the thread that answers. A request that is open may undo what is known. Such a
   * registration counts from its arrival: another connection that registers the endpoint before the
   * answer leaves is the later one, as it is when it does so right after.
   */
  private boolean onlyRefreshes(RegisterRequest register) {
    return register.effect() == RegisterRequest.Effect.BINDS
        && requests.noneOpen()
        && endpoints.owns(register.endpoint());
  }

  @Override
  void outgoing(SIPMessage message) {
    if (!(message instanceof SIPResponse response)) {
      return;
    }
    RuleGuard.rememberChallenge(rule, response);
    int status = response.getStatusCode();
    if (status >= 300) {
      return;
    }
    boolean success = status >= 200;
    Pending open = requests.find(response);
    Pending pending = open != null ? open : requests.findAnswered(response);
    if (pending != null) {
      for (Dialect dialect : pending.offers()) {
        if (success || dialect.answersInProvisional()) {
          dialect.answer(response, timeoutSeconds);
        }
      }
    }
    if (success) {
      successLeaves(open, response);
    }
  }

  /**
   * Enters the endpoint before the bytes of the success are written: the peer may end the
   * connection as soon as it has them, and the endpoint must go with it.
   */
  private void successLeaves(@Nullable Pending pending, SIPResponse success) {
    if (pending == null) {
      return;
    }
    if (pending.claimed() != null) {
      authenticated(pending.claimed());
    }
    if (pending.register() != null) {
      registered(pending.register(), success);
    }
    if (endpoints.areShared()) {
      share(pending, success);
    }
  }

  private void share(Pending pending, SIPResponse success) {
    RegisterRequest register = pending.register();
    if (register != null && register.effect() == RegisterRequest.Effect.BINDS) {
      endpoints.share(
          register.endpoint(), register.contactUri(), register.lifetimeSeconds(success));
    }
  }

  @Override
  void sent(SIPMessage message) {
    if (!(message instanceof SIPResponse response)) {
      return;
    }
    int status = response.getStatusCode();
    if (status < 200) {
      timers.provisionalSent();
      return;
    }
    boolean success = status < 300;
    if (success) {
      timers.successSent();
    }
    Pending pending = requests.finish(response, success);
    if (pending != null) {
      for (Dialect dialect : pending.offers()) {
        offerAnswered(dialect, status, success);
      }
    }
  }

  private void offerAnswered(Dialect dialect, int status, boolean success) {
    if (!success) {
      Verdict refused =
          Verdict.failed(
              KeepAliveFailure.NOT_SUCCESSFUL,
              "the offer's request was answered with " + status + " ([MS-CONMGMT] 3.4.5.2)");
      tellFailed(dialect.name(), refused, refused.text(), isGranted(dialect));
      return;
    }
    timers.startExpiry(timeoutSeconds, settings.graceSeconds());
    if (isGranted(dialect)) {
      LOG.debug("{}: keep-alive renewed ({})", this, dialect.name().word());
    } else {
      grant(dialect);
      tellAnswered(dialect.name(), timeoutSeconds, expirySeconds());
    }
  }

  private synchronized void grant(Dialect dialect) {
    granted |= bit(dialect);
  }

  private int expirySeconds() {
    return Negotiation.expirySeconds(timeoutSeconds, settings.graceSeconds());
  }

  private void registered(RegisterRequest register, SIPResponse success) {
    switch (register.effect()) {
      case BINDS -> endpoints.associate(register.endpoint());
      case UNBINDS -> {
        if (!register.leavesAnother(success)) {
          takenBack(register.endpoint()).forEach(endpoints::disassociate);
        }
      }
      case QUERIES -> {}
    }
  }

  /** A wildcard of a client that names no device takes back each of the user's here. */
  private List<Endpoint> takenBack(Endpoint named) {
    return named.instance().isEmpty()
        ? endpoints.snapshot().stream()
            .filter(e -> e.addressOfRecord().equals(named.addressOfRecord()))
            .toList()
        : List.of(named);
  }

  @Override
  void authenticated(Endpoint named) {
    Endpoint endpoint = asAnnounced(named);
    ConnectionEndpoints.Authentication result = endpoints.authenticate(endpoint);
    if (result.isNew()) {
      tell("endpoint authenticated:", endpoint, l -> l.endpointAuthenticated(connection, endpoint));
    }
    TransportConnection older = result.older();
    if (older != null) {
      tell(
          "endpoint replaces connection #" + older.id() + ": " + endpoint,
          l -> l.endpointReplaced(older, endpoint, connection));
      older.close(
          CloseReason.REPLACED,
          endpoint + " authenticated on newer connection #" + connection.id());
    }
  }

  private Endpoint asAnnounced(Endpoint named) {
    Endpoint flow = announced;
    return flow != null
            && flow.instance().equals(named.instance())
            && flow.addressOfRecord().equals(named.addressOfRecord())
        ? flow
        : named;
  }

  @Override
  void authenticatedAsTold(Endpoint endpoint) {
    authenticated(endpoint);
    endpoints.share(asAnnounced(endpoint), "", RegisterRequest.DEFAULT_EXPIRES_SECONDS);
  }

  @Override
  void moved(Endpoint endpoint, boolean wasAuthenticated, String newerNode) {
    if (wasAuthenticated) {
      String holder = newerNode.isEmpty() ? "another proxy" : newerNode;
      tell(
          "endpoint has moved to " + holder + ": " + endpoint,
          l -> l.endpointMoved(connection, endpoint, newerNode));
      connection.close(CloseReason.REPLACED, endpoint + " authenticated at " + holder);
    } else if (endpoints.moved(endpoint)) {
      tell(
          "endpoint removed:",
          endpoint,
          l -> l.endpointRemoved(connection, endpoint, CloseReason.REPLACED));
    }
  }

  @Override
  public void connectionTimerFired() {
    if (!endpoints.hasAuthenticated()) {
      connection.close(
          CloseReason.CONNECTION_TIMER,
          "no successful response and no authentication within "
              + settings.connectionTimeoutSeconds()
              + " s ([MS-CONMGMT] 3.5.6)");
    }
  }

  @Override
  public void idleTimerFired() {
    connection.close(
        CloseReason.IDLE_TIMER,
        "no traffic for " + settings.idleTimeoutSeconds() + " s ([MS-CONMGMT] 3.5.6)");
  }

  @Override
  public void expiryTimerFired() {
    if (!settings.registrar()) {
      LOG.debug(
          "{}: expired; nothing to do, as this proxy is not the registrar ([MS-CONMGMT] 3.4.6)",
          this);
      return;
    }
    // Now, as the connection's own end is told behind messages that the listener still handles.
    removeEndpoints(CloseReason.EXPIRY_TIMER);
    connection.close(
        CloseReason.EXPIRY_TIMER,
        "nothing received for " + expirySeconds() + " s ([MS-CONMGMT] 3.4.6)");
  }

  private void removeEndpoints(CloseReason why) {
    for (Endpoint endpoint : endpoints.releaseAll()) {
      tell("endpoint removed:", endpoint, l -> l.endpointRemoved(connection, endpoint, why));
    }
  }
}
