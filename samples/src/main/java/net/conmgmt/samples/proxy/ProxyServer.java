package net.conmgmt.samples.proxy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TooManyListenersException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.sip.InvalidArgumentException;
import javax.sip.ListeningPoint;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.registrar.DigestAuth;
import net.conmgmt.samples.registrar.Nonces;
import net.conmgmt.samples.registrar.RegisterHandler;
import net.conmgmt.samples.registrar.Registrar;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/** A running proxy: its stack and everything that belongs to it. Thread-safe. */
public final class ProxyServer implements AutoCloseable {

  private static final long PURGE_SECONDS = 2;

  /**
   * What a proxy is told.
   *
   * @param tcpPort null for none
   * @param tlsPort null for none
   * @param users null where anyone may register
   * @param nextHop null where this proxy is the registrar
   */
  public record Settings(
      String domain,
      String listen,
      @Nullable Integer tcpPort,
      @Nullable Integer tlsPort,
      @Nullable String fqdn,
      @Nullable Path users,
      @Nullable PeerAddress nextHop) {}

  private final SipStack stack;
  private final ScheduledExecutorService purges =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "sample-registrar");
            thread.setDaemon(true);
            return thread;
          });
  private final List<ListeningPoint> listeningPoints = new ArrayList<>();
  private final Registrar registrar;
  private final Entrance entrance = new Entrance();
  private @Nullable SampleProxy proxy;

  /**
   * Starts it; when the constructor returns, connections are accepted.
   *
   * @throws IllegalArgumentException when a property or an option has a bad value
   */
  public ProxyServer(StackBuilder properties, Settings settings, EventLog events)
      throws SipException, InvalidArgumentException, TooManyListenersException, IOException {
    this(properties, settings, events, Forwarder.TIMEOUT_MILLIS, Forwarder.TIMER_C_MILLIS);
  }

  /** For tests, which do not wait for minutes. */
  ProxyServer(
      StackBuilder properties,
      Settings settings,
      EventLog events,
      long timeoutMillis,
      long timerCMillis)
      throws SipException, InvalidArgumentException, TooManyListenersException, IOException {
    properties.set("javax.sip.ROUTER_PATH", HopRouter.class.getName());
    if (settings.nextHop() != null) {
      properties.set("net.conmgmt.sip.REGISTRAR", "false");
    }
    Flow nextHop = nextHopOf(settings);
    registrar =
        new Registrar(
            System::nanoTime,
            (binding, why) ->
                events.event(
                    "unregistered",
                    "aor",
                    binding.aor(),
                    "contact",
                    binding.uri(),
                    "remote",
                    binding.flow().host() + ":" + binding.flow().port(),
                    "reason",
                    why));
    stack = properties.build();
    boolean complete = false;
    try {
      ConnectionManagement connections = ConnectionManagement.of(stack);
      connections.addListener(events);
      connections.addListener(new BindingRemover());
      SipProvider provider = listen(settings);
      Sip sip = new Sip();
      String node = properties.get("net.conmgmt.sip.NODE");
      LocalAddresses local = new LocalAddresses(settings.domain(), names(settings), node, provider);
      LearnedFlows learned = new LearnedFlows();
      Peers peers = peersOf(node, settings, connections);
      FlowTokens tokens = new FlowTokens(new SecureRandom(), nextHop, peers);
      DigestAuth auth = authOf(settings, connections);
      Predicate<String> knownUser =
          auth == null ? registrar::isFormerUser : aor -> auth.knows(Aor.userName(aor));
      TargetFinder targets =
          new TargetFinder(
              sip, local, registrar, learned, tokens, connections, knownUser, nextHop, peers);
      boolean outbound = properties.speaksOutbound();
      RegisterHandler registers =
          nextHop == null
              ? new RegisterHandler(sip, settings.domain(), registrar, auth, events, outbound)
              : null;
      proxy =
          new SampleProxy(
              sip,
              provider,
              connections,
              properties.isManaged(),
              outbound,
              local,
              targets,
              learned,
              tokens,
              registers,
              peers,
              timeoutMillis,
              timerCMillis);
      entrance.open(proxy);
      stack.start();
      Future<?> unused =
          purges.scheduleWithFixedDelay(
              registrar::removeExpired, PURGE_SECONDS, PURGE_SECONDS, TimeUnit.SECONDS);
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  private static @Nullable Peers peersOf(
      String node, Settings settings, ConnectionManagement connections) {
    return connections.directory().status().shared()
        ? new Peers(connections.directory(), node, settings.tcpPort() != null ? "TCP" : "TLS")
        : null;
  }

  private static @Nullable DigestAuth authOf(Settings settings, ConnectionManagement connections)
      throws IOException {
    Path users = settings.users();
    return users == null
        ? null
        : new DigestAuth(
            settings.domain(),
            DigestAuth.readUsers(users),
            new Nonces(
                System::nanoTime,
                new SecureRandom(),
                connections.directory().status().shared() ? connections.nonces() : null));
  }

  private static @Nullable Flow nextHopOf(Settings settings) {
    PeerAddress next = settings.nextHop();
    if (next != null) {
      next.requireAddress("--next-hop");
    }
    return next == null ? null : new Flow(next.host(), next.port(), next.transport(), null);
  }

  private static Set<String> names(Settings settings) {
    Set<String> names = new HashSet<>();
    String fqdn = settings.fqdn();
    if (fqdn != null) {
      names.add(Aor.domain(fqdn));
    }
    return names;
  }

  private SipProvider listen(Settings settings)
      throws SipException, InvalidArgumentException, TooManyListenersException, IOException {
    SipProvider provider = null;
    if (settings.tcpPort() != null) {
      provider = listen(provider, settings.listen(), settings.tcpPort(), "tcp");
    }
    if (settings.tlsPort() != null) {
      provider = listen(provider, settings.listen(), settings.tlsPort(), "tls");
    }
    PeerAddress next = settings.nextHop();
    if (provider != null && next != null && provider.getListeningPoint(next.transport()) == null) {
      // The stack connects with the transports that it listens on; nobody is told of this one.
      provider.addListeningPoint(
          stack.createListeningPoint(
              settings.listen(), StackBuilder.freePort(settings.listen()), next.transport()));
    }
    if (provider == null) {
      throw new IllegalArgumentException(
          "Nothing to listen on: expected --tcp PORT or --tls PORT, found none of them");
    }
    return provider;
  }

  private SipProvider listen(
      @Nullable SipProvider provider, String address, int port, String transport)
      throws SipException, InvalidArgumentException, TooManyListenersException {
    try {
      ListeningPoint point = stack.createListeningPoint(address, port, transport);
      listeningPoints.add(point);
      if (provider == null) {
        SipProvider first = stack.createSipProvider(point);
        first.addSipListener(entrance);
        return first;
      }
      provider.addListeningPoint(point);
      return provider;
    } catch (InvalidArgumentException e) {
      throw new IllegalArgumentException(
          "Listening on "
              + address
              + ":"
              + port
              + "/"
              + transport
              + " failed (expected a free port, an address of this machine and, with TLS, a good"
              + " certificate)",
          e);
    }
  }

  /** The addresses on which it accepts, for example {@code tcp 127.0.0.1:5060}. */
  public String addresses() {
    StringBuilder text = new StringBuilder();
    for (ListeningPoint point : listeningPoints) {
      String ip = point.getIPAddress();
      text.append(text.isEmpty() ? "" : " ")
          .append(point.getTransport().toLowerCase(java.util.Locale.ROOT))
          .append(' ')
          .append(ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip)
          .append(':')
          .append(point.getPort());
    }
    return text.toString();
  }

  public Registrar registrar() {
    return registrar;
  }

  public SipStack stack() {
    return stack;
  }

  /** How many connections are open. */
  public int connections() {
    return ConnectionManagement.of(stack).connections().size();
  }

  /**
   * Accepts nobody further, and returns once everybody has gone, or after {@code atMost}. Until
   * then clients are served as before.
   */
  public void drain(Duration atMost) throws InterruptedException {
    ConnectionManagement management = ConnectionManagement.of(stack);
    Semaphore ended = new Semaphore(0);
    management.addListener(
        new ConnectionManagementListener() {
          @Override
          public void closed(ManagedConnection connection, CloseReason reason, String detail) {
            ended.release();
          }
        });
    management.stopAccepting();
    long end = System.nanoTime() + atMost.toNanos();
    long left = atMost.toNanos();
    while (connections() > 0 && left > 0 && ended.tryAcquire(left, TimeUnit.NANOSECONDS)) {
      left = end - System.nanoTime();
    }
  }

  @Override
  public void close() {
    purges.shutdownNow();
    entrance.shut();
    SampleProxy running = proxy;
    if (running != null) {
      running.close();
    }
    stack.stop();
  }

  /** No binding outlives its connection. */
  private final class BindingRemover implements ConnectionManagementListener {
    @Override
    public void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason why) {
      registrar.endpointGone(
          connection, endpoint.addressOfRecord(), "its endpoint was removed: " + why);
    }

    @Override
    public void closed(ManagedConnection connection, CloseReason reason, String detail) {
      registrar.connectionGone(connection, "its connection has ended: " + reason);
    }
  }
}
