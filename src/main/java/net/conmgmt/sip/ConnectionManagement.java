package net.conmgmt.sip;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.sip.SipStack;
import javax.sip.message.Message;
import javax.sip.message.Request;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.directory.Nonces;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionChannel;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.connection.EndpointIdentity;
import net.conmgmt.sip.internal.connection.FlowTokens;
import net.conmgmt.sip.internal.discovery.Discovery;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.monitoring.Monitoring;

/**
 * Connection management of one SIP stack, as an application sees it. An application needs this
 * class only to watch connections, to ask for a discovery, or to say that an endpoint has
 * authenticated. Everything else works by stack properties alone.
 *
 * <p>Thread-safe; nothing blocks but {@link #stopAccepting}, for a moment.
 */
public final class ConnectionManagement {

  private final StackScope scope;
  private final ConnectionRegistry registry;
  private final Discovery discovery;
  private final Monitoring monitoring;

  private ConnectionManagement(StackScope scope) {
    this.scope = scope;
    registry = ConnectionRegistry.of(scope);
    discovery = Discovery.of(scope);
    monitoring = Monitoring.of(scope);
  }

  /**
   * The connection management of {@code stack}; always the same object for one stack.
   *
   * @throws IllegalArgumentException if the stack is not the JAIN-SIP RI or a property has a bad
   *     value
   */
  public static ConnectionManagement of(SipStack stack) {
    return StackScope.of(stack).get(ConnectionManagement.class, ConnectionManagement::new);
  }

  /** Every stack property of this library, in the order of the table in properties.md. */
  public static List<StackProperty> properties() {
    return Arrays.stream(ConnectionManagementProperties.Key.values())
        .map(key -> new StackProperty(key.propertyName(), key.expected(), key.defaultValue()))
        .toList();
  }

  /**
   * Adds a listener. It receives the events that occur from now on, after the listeners that were
   * added before it.
   */
  public void addListener(ConnectionManagementListener listener) {
    registry.listeners().add(listener);
  }

  /** Removes a listener. It receives no further event; a call that is under way may still end. */
  public void removeListener(ConnectionManagementListener listener) {
    registry.listeners().remove(listener);
  }

  /** A snapshot of the open connections. */
  public Collection<ManagedConnection> connections() {
    return registry.all();
  }

  /** How a connection stands: its negotiated time, its endpoints, the rest of its timers. */
  public ConnectionStatus status(ManagedConnection connection) {
    return monitoring.status(connection);
  }

  /** What has happened on this stack so far, in numbers. */
  public ConnectionCounts counts() {
    return monitoring.counts();
  }

  /**
   * The last events of an open connection, oldest first, a line each. Empty unless the property
   * {@code net.conmgmt.sip.FLIGHT_RECORDER} is on.
   */
  public List<String> flightRecord(ManagedConnection connection) {
    return monitoring.flightRecord(connection);
  }

  /**
   * The connection on which {@code received} arrived, even if it has ended since: an application
   * that ties a registration to its connection asks {@link ManagedConnection#isOpen} after it has
   * added its listener, and so misses no end. Empty for a message that did not arrive on a managed
   * connection, such as one over UDP, and for a copy of a response.
   */
  public Optional<ManagedConnection> connectionOf(Message received) {
    if (received instanceof SIPRequest request) {
      return request.getMessageChannel() instanceof ConnectionChannel channel
          ? Optional.of(channel.connection())
          : Optional.empty();
    }
    return Optional.ofNullable(registry.originOf((SIPResponse) received));
  }

  /**
   * Says that {@code endpoint} has authenticated on {@code connection}, in the application's own
   * manner: older authenticated connections of the same endpoint are closed ([MS-CONMGMT] 3.5.5).
   */
  public void authenticated(ManagedConnection connection, Endpoint endpoint) {
    KeepAliveListener.of(scope).authenticated(connection, endpoint);
  }

  /**
   * The same for the connection on which {@code request} arrived. Does nothing if that has ended
   * already.
   */
  public void authenticated(Request request, Endpoint endpoint) {
    connectionOf(request).ifPresent(connection -> authenticated(connection, endpoint));
  }

  /**
   * Which proxy holds an endpoint: this one alone, or with the property {@code ENDPOINT_DIRECTORY}
   * all that share the directory.
   */
  public EndpointDirectory directory() {
    return KeepAliveListener.of(scope).directory();
  }

  /** Nonces for challenges, known to all proxies that share the directory. */
  public Nonces nonces() {
    return KeepAliveListener.of(scope).directory().nonces();
  }

  /**
   * Which endpoint a request says it comes from: address-of-record and instance ([MS-CONMGMT]
   * 3.5.5). That alone proves nothing. Empty if the request names no address-of-record.
   */
  public static Optional<Endpoint> endpointOf(Request request) {
    return Optional.ofNullable(EndpointIdentity.of(request));
  }

  /**
   * A token that stands for a connection, for the user part of a Path or Record-Route URI (RFC 5626
   * section 5.2): letters, digits, {@code -} and {@code _}. Only this stack, or who has its {@code
   * net.conmgmt.sip.FLOW_TOKEN_KEY}, can make it, and it leads nowhere once the connection has
   * ended.
   */
  public String flowToken(ManagedConnection connection) {
    return FlowTokens.of(scope).of(connection);
  }

  /** Where a token leads that came back in the Route of a request (RFC 5626 section 5.3). */
  public FlowLookup flow(String token) {
    return FlowTokens.of(scope).find(token);
  }

  /**
   * Finds and connects the outbound proxy of an address-of-record ([MS-CONMGMT] 3.1). Completes
   * with the report, also when the discovery failed. The stack's next request to the chosen hop
   * uses the connection, which is in the report.
   *
   * @throws IllegalArgumentException when the address-of-record has no domain
   */
  public CompletableFuture<DiscoveryReport> discover(String addressOfRecord) {
    return discovery.discover(addressOfRecord);
  }

  /**
   * The open connection to the outbound proxy that was found for an address-of-record; empty where
   * there is none at the moment. Starts no discovery.
   *
   * @throws IllegalArgumentException when the address-of-record has no domain
   */
  public Optional<ManagedConnection> outboundProxy(String addressOfRecord) {
    return Optional.ofNullable(discovery.outboundProxy(addressOfRecord));
  }

  /**
   * Says that the network has changed, for example another Wi-Fi or the end of a suspend: a
   * discovery that waits for the end of its pause begins now, a proxy that was lost is discovered
   * again, and what failed before the change does not count. Open connections stay.
   */
  public void networkChanged() {
    discovery.networkChanged();
  }

  /**
   * Closes the listening sockets of the stack for good, as the first step of a graceful end: nobody
   * can connect any more, open connections go on until they are closed or the stack is stopped. The
   * ports are free on return. Does nothing before the stack listens.
   */
  public void stopAccepting() {
    Connector connector = scope.find(Connector.class);
    if (connector != null) {
      connector.stopAccepting();
    }
  }

  /**
   * How the last discovery for an address-of-record ended, whether a request or {@link #discover}
   * caused it; empty before the first one has ended.
   *
   * @throws IllegalArgumentException when the address-of-record has no domain
   */
  public Optional<DiscoveryReport> lastDiscovery(String addressOfRecord) {
    return discovery.lastReport(addressOfRecord);
  }
}
