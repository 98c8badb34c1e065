package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.function.Consumer;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ConnectionRegistry;
import net.conmgmt.sip.connection.ConnectionTimers;
import net.conmgmt.sip.connection.Endpoint;
import net.conmgmt.sip.connection.EndpointTable;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.header.MsKeepAliveHeaders;
import net.conmgmt.sip.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One connection that this stack accepted: answers offers, watches the connection and knows whose
 * it is (3.4, 3.5). Never offers (3.4.4).
 *
 * <p>When the connection ends in any manner, its endpoints are told to be gone: no request can
 * reach their bindings any more, as the client alone can connect again.
 */
final class ProxyHandler extends BaseHandler implements ConnectionTimers.Effects {

  /** How many requests of the peer may wait for their final response. */
  static final int MAX_OPEN_REQUESTS = 256;

  /** How many answered requests are known still, since a 2xx to INVITE is repeated. */
  static final int MAX_ANSWERED_REQUESTS = 8;

  /** How many challenges to the peer are known. */
  static final int MAX_NONCES = 16;

  private static final Logger LOG = LogManager.getLogger(ProxyHandler.class);

  /** A request of the peer that matters to this connection. */
  private record Pending(
      Negotiation.Outcome offer, @Nullable RegisterRequest register, boolean answersChallenge) {}

  private final ProxySettings settings;
  private final ConnectionTimers timers;
  private final ConnectionEndpoints endpoints;
  private final Object lock = new Object();

  // Guarded by lock.
  private final BoundedTable<TransactionKey, Pending> open = new BoundedTable<>(MAX_OPEN_REQUESTS);
  private final BoundedTable<TransactionKey, Pending> answered =
      new BoundedTable<>(MAX_ANSWERED_REQUESTS);
  private final BoundedTable<String, Boolean> nonces = new BoundedTable<>(MAX_NONCES);

  ProxyHandler(
      ManagedConnection connection,
      ConnectionRegistry registry,
      Consumer<ManagedConnection> whenClosed,
      Scheduler scheduler,
      EndpointTable table,
      ProxySettings settings) {
    super(connection, registry, whenClosed);
    this.settings = settings;
    timers = new ConnectionTimers(scheduler, this);
    endpoints = new ConnectionEndpoints(connection, table);
  }

  @Override
  void started() {
    timers.startProxy(settings.connectionTimeoutSeconds(), settings.idleTimeoutSeconds());
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
  public void bytesReceived() {
    timers.received();
  }

  @Override
  public void bytesSent() {
    timers.sent();
  }

  @Override
  void incoming(SIPMessage message) {
    if (!(message instanceof SIPRequest request) || Request.ACK.equals(request.getMethod())) {
      return;
    }
    Negotiation.Outcome offer = Negotiation.judgeOffer(MsKeepAliveHeaders.in(request));
    RegisterRequest register = RegisterRequest.of(request);
    TransactionKey key = TransactionKey.of(request);
    if (key != null && (offer == Negotiation.Outcome.SUCCEEDED || register != null)) {
      synchronized (lock) {
        if (find(request) == null) {
          open.put(
              key,
              new Pending(
                  offer,
                  register == null ? null : register.withoutNonces(),
                  answersChallenge(register)));
        }
      }
    }
    if (offer != Negotiation.Outcome.SUCCEEDED && offer != Negotiation.Outcome.ABSENT) {
      tellFailed(offer.text());
    }
  }

  private boolean answersChallenge(@Nullable RegisterRequest register) {
    return register != null && register.nonces().stream().anyMatch(n -> nonces.get(n) != null);
  }

  @Override
  void outgoing(SIPMessage message) {
    if (!(message instanceof SIPResponse response)) {
      return;
    }
    int status = response.getStatusCode();
    synchronized (lock) {
      if (status == Response.UNAUTHORIZED || status == Response.PROXY_AUTHENTICATION_REQUIRED) {
        // Before it leaves: the peer may answer before we hear that it left.
        RegisterRequest.challengeNonces(response).forEach(n -> nonces.put(n, Boolean.TRUE));
      }
      Pending pending = find(response);
      if (!Negotiation.carriesAnswer(status)
          || pending == null
          || pending.offer() != Negotiation.Outcome.SUCCEEDED) {
        return;
      }
    }
    MsKeepAliveHeaders.set(response, MsKeepAliveHeaderFactory.answer(settings.timeoutSeconds()));
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
    Pending pending = finish(response, success);
    if (pending == null) {
      return;
    }
    if (pending.offer() == Negotiation.Outcome.SUCCEEDED) {
      offerAnswered(status, success);
    }
    RegisterRequest register = pending.register();
    if (success && register != null) {
      registered(register, pending.answersChallenge());
    }
  }

  private void offerAnswered(int status, boolean success) {
    if (!success) {
      tellFailed("the offer's request was answered with " + status + " (3.4.5.2)");
      return;
    }
    int timeout = settings.timeoutSeconds();
    timers.startExpiry(timeout, settings.graceSeconds());
    tellNegotiated(timeout, Negotiation.expirySeconds(timeout, settings.graceSeconds()));
  }

  private void registered(RegisterRequest register, boolean answersChallenge) {
    if (answersChallenge) {
      authenticated(register.endpoint());
    }
    switch (register.effect()) {
      case BINDS -> endpoints.associate(register.endpoint());
      case UNBINDS -> endpoints.disassociate(register.endpoint());
      case QUERIES -> {}
    }
  }

  @Override
  void authenticated(Endpoint endpoint) {
    ConnectionEndpoints.Authentication result = endpoints.authenticate(endpoint);
    if (result.isNew()) {
      tell(
          "endpoint authenticated: " + endpoint,
          l -> l.endpointAuthenticated(connection, endpoint));
    }
    ManagedConnection older = result.older();
    if (older != null) {
      older.close(
          CloseReason.REPLACED,
          endpoint + " authenticated on newer connection #" + connection.id());
    }
  }

  /** The request's final response left. Null if it had left before, or the request is unknown. */
  private @Nullable Pending finish(SIPResponse response, boolean success) {
    synchronized (lock) {
      TransactionKey key = TransactionKey.byBranch(response);
      Pending pending = key == null ? null : open.remove(key);
      if (pending == null) {
        key = TransactionKey.byCallId(response);
        pending = key == null ? null : open.remove(key);
      }
      if (key != null && pending != null && success) {
        answered.put(key, pending);
      }
      return pending;
    }
  }

  /** By branch or, as the RI may have made up the branch of a response, without it. */
  private @Nullable Pending find(SIPMessage message) {
    Pending pending = find(TransactionKey.byBranch(message));
    return pending != null ? pending : find(TransactionKey.byCallId(message));
  }

  private @Nullable Pending find(@Nullable TransactionKey key) {
    if (key == null) {
      return null;
    }
    Pending pending = open.get(key);
    return pending != null ? pending : answered.get(key);
  }

  @Override
  public void connectionTimerFired() {
    if (!endpoints.hasAuthenticated()) {
      connection.close(
          CloseReason.CONNECTION_TIMER,
          "no successful response and nobody authenticated within "
              + settings.connectionTimeoutSeconds()
              + " s (3.5.6)");
    }
  }

  @Override
  public void idleTimerFired() {
    connection.close(
        CloseReason.IDLE_TIMER, "no traffic for " + settings.idleTimeoutSeconds() + " s (3.5.6)");
  }

  @Override
  public void expiryTimerFired() {
    if (!settings.registrar()) {
      LOG.debug("{}: expired; nothing to do, as this proxy is not the registrar (3.4.6)", this);
      return;
    }
    removeEndpoints(CloseReason.EXPIRY_TIMER);
    connection.close(
        CloseReason.EXPIRY_TIMER,
        "nothing received for "
            + Negotiation.expirySeconds(settings.timeoutSeconds(), settings.graceSeconds())
            + " s (3.4.6)");
  }

  private void removeEndpoints(CloseReason why) {
    for (Endpoint endpoint : endpoints.releaseAll()) {
      tell(
          "endpoint removed, " + why + ": " + endpoint,
          l -> l.endpointRemoved(connection, endpoint, why));
    }
  }
}
