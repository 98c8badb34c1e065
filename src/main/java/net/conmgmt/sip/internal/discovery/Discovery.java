package net.conmgmt.sip.internal.discovery;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.connection.ListenerList;
import net.conmgmt.sip.internal.connection.RegisteredFlows;
import net.conmgmt.sip.internal.connection.RequestConnects;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpDiscovery;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLinks;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.internal.discovery.dhcp.UdpDhcpLinks;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs autodiscovery for one stack ([MS-CONMGMT] 3.1). There is one discovery at a time for each
 * domain, and everybody who asks for it shares it. Thread-safe; nothing blocks. All work is done on
 * the thread of the stack's {@link Scheduler}; listeners, and those who wait for the outcome, are
 * called on the stack's workers.
 */
public final class Discovery implements RegisteredFlows {

  /** How many domains are kept at most without a connection or a discovery. */
  static final int MAX_IDLE_DOMAINS = 1_000;

  private static final String FACTORY_PROPERTY = "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY";
  private static final String FACTORY = "net.conmgmt.sip.transport.ManagedMessageProcessorFactory";

  private static final Logger LOG = LogManager.getLogger(Discovery.class);

  private final DiscoveryEvents events;
  private final Map<String, DomainDiscovery> domains = new ConcurrentHashMap<>();
  private final AtomicBoolean dhcpExplained = new AtomicBoolean();
  private final StackScope scope;
  private final RandomGenerator random;
  private final Function<Scheduler, DnsLookup> dns;
  private final SharedDhcp dhcp;
  private final FailedRoutes routes = new FailedRoutes();

  Discovery(
      StackScope scope,
      RandomGenerator random,
      Function<Scheduler, DnsLookup> dns,
      DhcpLinks dhcp) {
    this.scope = scope;
    ListenerList<ConnectionManagementListener> listeners = ConnectionRegistry.of(scope).listeners();
    events = new DiscoveryEvents(listeners, StackWorkers.of(scope));
    this.random = random;
    this.dns = dns;
    this.dhcp =
        new SharedDhcp(
            this::scheduler,
            s -> DhcpDiscovery.start(s.workingFor("discovery by DHCP"), random, dhcp));
    scope.put(RequestConnects.class, this::refusal);
    scope.put(RegisteredFlows.class, this);
    listeners.addPrompt(
        new ConnectionManagementListener() {
          @Override
          public void closed(ManagedConnection connection, CloseReason reason, String detail) {
            if (connection.side() == ManagedConnection.Side.CLIENT) {
              domains.values().forEach(domain -> domain.closed(connection, reason));
            }
          }

          @Override
          public void keepAliveAnswered(ManagedConnection connection) {
            domains.values().forEach(domain -> domain.keepAliveAnswered(connection));
          }
        });
  }

  /**
   * The discovery of a stack.
   *
   * @throws IllegalArgumentException when {@code DNS_SERVERS} or {@code DOMAIN} is malformed
   * @throws IllegalStateException when there is no dnsjava that is new enough
   */
  public static Discovery of(StackScope scope) {
    return scope.get(
        Discovery.class,
        s -> {
          DnsJava.require();
          ConnectionManagementProperties properties = s.properties();
          List<InetSocketAddress> servers =
              DnsServers.parse(properties.text(ConnectionManagementProperties.Key.DNS_SERVERS));
          checkDomain(properties.text(ConnectionManagementProperties.Key.DOMAIN));
          return new Discovery(
              s,
              new Random(),
              scheduler ->
                  new DnsJavaLookup(
                      servers.isEmpty() ? DnsServers.ofSystem() : servers,
                      scheduler,
                      properties.duration(ConnectionManagementProperties.Key.DNS_TIMEOUT),
                      properties.intValue(ConnectionManagementProperties.Key.DNS_RETRIES),
                      properties.isOn(ConnectionManagementProperties.Key.IPV6)),
              new UdpDhcpLinks(
                  properties.text(ConnectionManagementProperties.Key.DHCP_INTERFACES)));
        });
  }

  private static void checkDomain(String domain) {
    if (!domain.isEmpty()) {
      try {
        AddressOfRecord.domain(domain);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "Property "
                + ConnectionManagementProperties.Key.DOMAIN.propertyName()
                + " = '"
                + domain
                + "': expected a domain alone, such as contoso.com, found that "
                + e.getMessage(),
            e);
      }
    }
  }

  /**
   * Finds and connects the outbound proxy of an address-of-record. Completes normally with the
   * report, of a failure too, on a thread of the stack's workers. Joins a discovery of the same
   * domain that is under way; after a failure it begins no sooner than the back-off allows.
   *
   * @throws IllegalArgumentException when the address-of-record has no domain ([MS-CONMGMT] 3.1.4)
   */
  public CompletableFuture<DiscoveryReport> discover(String addressOfRecord) {
    return ofDomain(AddressOfRecord.domainOf(addressOfRecord))
        .discover()
        .thenApplyAsync(DiscoveryResult::report, events.executor());
  }

  /** The state of one domain. Of many, those are forgotten about which there is nothing to know. */
  public DomainDiscovery ofDomain(String domain) {
    DomainDiscovery known = domains.get(domain);
    if (known != null) {
      return known;
    }
    // A proxy's domains come from its peers' requests.
    if (domains.size() >= MAX_IDLE_DOMAINS) {
      domains.values().removeIf(DomainDiscovery::isIdle);
    }
    return domains.computeIfAbsent(
        domain,
        d ->
            new DomainDiscovery(
                nameOf(d),
                this::scheduler,
                () -> run(d),
                random,
                routes,
                () -> scope.find(Scheduler.class) == null,
                (connection, reason) -> lost(d, connection, reason)));
  }

  /** The domain whose proxy was found, where that is one domain only; else null. */
  public @Nullable String onlyFoundDomain() {
    List<String> found =
        domains.entrySet().stream()
            .filter(domain -> domain.getValue().lastConnected() != null)
            .map(Map.Entry::getKey)
            .limit(2)
            .toList();
    return found.size() == 1 ? found.get(0) : null;
  }

  /** The open connection to the outbound proxy of an address-of-record, or null. */
  public @Nullable ManagedConnection outboundProxy(String addressOfRecord) {
    DomainDiscovery domain = domains.get(AddressOfRecord.domainOf(addressOfRecord));
    return domain == null ? null : domain.open();
  }

  @Override
  public void registered(ManagedConnection connection, boolean inForce) {
    domains.values().forEach(domain -> domain.registered(connection, inForce));
  }

  @Override
  public void retryAfter(ManagedConnection connection, Duration wait) {
    domains.values().forEach(domain -> domain.retryAfter(connection, wait));
  }

  /** The network has changed: what failed before is forgotten, and no pause is kept. */
  public void networkChanged() {
    routes.clear();
    domains.values().forEach(DomainDiscovery::networkChanged);
  }

  /** A request whose discovered connection has just gone must not open one past the pause. */
  private @Nullable String refusal(InetSocketAddress peer, String transport) {
    for (Map.Entry<String, DomainDiscovery> each : domains.entrySet()) {
      if (each.getValue().isLostAt(peer, transport)) {
        return "The connection to "
            + ConnectionText.of(peer)
            + "/"
            + transport
            + ", the outbound proxy of "
            + each.getKey()
            + ", was lost before the request could use it; the next request waits until the proxy"
            + " is discovered again";
      }
    }
    return null;
  }

  /** How many domains are known. */
  int domains() {
    return domains.size();
  }

  /** How the last discovery of an address-of-record ended, if there was one. */
  public Optional<DiscoveryReport> lastReport(String addressOfRecord) {
    DomainDiscovery domain = domains.get(AddressOfRecord.domainOf(addressOfRecord));
    return Optional.ofNullable(domain).map(DomainDiscovery::last).map(DiscoveryResult::report);
  }

  private void lost(String domain, ManagedConnection connection, CloseReason reason) {
    Scheduler scheduler = scope.find(Scheduler.class);
    boolean byThisSide = reason == CloseReason.LOCAL || reason == CloseReason.SHUTDOWN;
    if (byThisSide || scheduler == null) {
      return;
    }
    LOG.info("The connection to the outbound proxy of {} was lost: {}", domain, reason);
    events.tell(domain, l -> l.outboundProxyLost(domain, connection, reason));
    if (scope.properties().text(ConnectionManagementProperties.Key.REDISCOVERY).equals("at-once")) {
      ofDomain(domain).reconnect();
    }
  }

  /** Whether the calling thread does the work here, so that waiting on it would never end. */
  public boolean isOwnThread() {
    return scheduler().isOwnThread();
  }

  private Scheduler scheduler() {
    return StackScheduler.of(scope);
  }

  /** What the tasks for a domain are called, should one fail and be logged. */
  private static String nameOf(String domain) {
    return "discovery of " + domain;
  }

  private CompletableFuture<DiscoveryResult> run(String domain) {
    Scheduler scheduler = scheduler().workingFor(nameOf(domain));
    ConnectionManagementProperties properties = scope.properties();
    Connector connector = scope.find(Connector.class);
    CompletableFuture<DiscoveryResult> result;
    if (connector == null) {
      String why = withoutTransport();
      LOG.warn("Autodiscovery of the outbound proxy of {} failed: {}", domain, why);
      DiscoveryReport report =
          new DiscoveryRecorder(domain, scheduler, events).failure(List.of(), why);
      result = CompletableFuture.completedFuture(new DiscoveryResult(report, null));
    } else {
      result =
          new DiscoveryAttempt(
                  domain,
                  new DiscoveryContext(
                      dns.apply(scheduler),
                      connector,
                      scheduler,
                      random,
                      routes,
                      properties
                          .duration(ConnectionManagementProperties.Key.CONNECT_TIMEOUT)
                          .plus(
                              properties.duration(
                                  ConnectionManagementProperties.Key.TLS_HANDSHAKE_TIMEOUT)),
                      properties.isOn(ConnectionManagementProperties.Key.TLS_ONLY),
                      properties.isOn(ConnectionManagementProperties.Key.DHCP_DOMAIN_ONLY)),
                  this::askDhcp,
                  events)
              .start();
    }
    // Told as a task of its own: those who wait see the connection before any listener does.
    return result.whenComplete(
        (end, failure) -> {
          if (end != null) {
            scheduler.schedule(() -> events.tell(domain, l -> l.discoveryEnded(end.report())), 0);
          }
        });
  }

  private String withoutTransport() {
    String factory = scope.stackProperty(FACTORY_PROPERTY);
    return FACTORY.equals(factory == null ? null : factory.trim())
        ? "the stack has no listening point for TCP or TLS; create one, as UDP is not used"
            + " ([MS-CONMGMT] 2.1)"
        : "the stack has no managed transport: expected "
            + FACTORY_PROPERTY
            + " = "
            + FACTORY
            + ", found "
            + (factory == null ? "none" : factory);
  }

  private CompletableFuture<DhcpResult> askDhcp() {
    boolean on = scope.properties().isOn(ConnectionManagementProperties.Key.DHCP);
    CompletableFuture<DhcpResult> result =
        on
            ? dhcp.get()
            : CompletableFuture.completedFuture(
                DhcpResult.notAsked(
                    "switched off by " + ConnectionManagementProperties.Key.DHCP.propertyName()));
    DhcpResult now = result.getNow(null);
    if (on && now != null && !now.asked() && dhcpExplained.compareAndSet(false, true)) {
      LOG.info("DHCP cannot be queried for the outbound proxy: {}", now.detail());
    }
    return result;
  }
}
