package net.conmgmt.sip.internal.keepalive;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.Role;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.EndpointTable;
import net.conmgmt.sip.internal.connection.FlowTokens;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.connection.RegisteredFlows;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.directory.StackDirectory;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaderRegistration;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.keepalive.AuthenticationRule;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Keep-alive ([MS-CONMGMT] 3.4) and outbound proxy connection management ([MS-CONMGMT] 3.5) of one
 * stack: gives each connection a handler of its side. What happens is told to the listeners of the
 * stack's {@link ConnectionRegistry}.
 *
 * <p>Negotiation is per connection, never per endpoint or stack. The stack's {@link Role} says
 * which connections have such a handler. The others are listed, and no Ms-Keep-Alive header field
 * leaves on them; so it is with those that a stack with {@code KEEP_ALIVE = off} opens, while those
 * that it accepts are watched but not negotiated.
 *
 * <p>Thread-safe.
 */
public final class KeepAliveListener
    implements ConnectionHandler.Factory, StackDirectory.Connections {

  private static final Logger LOG = LogManager.getLogger(KeepAliveListener.class);

  private final StackScope scope;
  private final Scheduler scheduler;
  private final HandlerContext context;
  private final boolean keepsAlive;
  private final boolean watches;
  private final DeclinedHops declinedHops = new DeclinedHops();
  private final int pongSeconds;
  private final ProxySettings settings;
  private final AuthenticationRule rule;
  private final EndpointTable table = new EndpointTable();
  private final StackDirectory directory;
  private final Map<ManagedConnection, BaseHandler> handlers = new ConcurrentHashMap<>();

  private KeepAliveListener(StackScope scope) {
    MsKeepAliveHeaderRegistration.ensureRegistered();
    this.scope = scope;
    scheduler = StackScheduler.of(scope);
    context =
        new HandlerContext(
            ConnectionRegistry.of(scope),
            PeerWarnings.of(scope),
            scheduler,
            scope.get(RandomGenerator.class, s -> new Random()),
            Dialects.of(scope.properties()),
            handlers::remove);
    Role role = scope.properties().role();
    LOG.info(
        "This stack's role is {}, {}: connections that it opens are {} to be kept alive, those that"
            + " peers open are {}",
        role,
        scope.properties().reasonForRole(),
        role.isClient() ? "offered" : "not offered",
        role.isProxy() ? "watched" : "left alone");
    keepsAlive =
        role.isClient() && scope.properties().isOn(ConnectionManagementProperties.Key.KEEP_ALIVE);
    watches = role.isProxy();
    if (keepsAlive) {
      scheduler.whenWoken(() -> handlers.values().forEach(BaseHandler::woken));
    }
    pongSeconds = scope.properties().intValue(ConnectionManagementProperties.Key.PONG_TIMEOUT);
    settings = ProxySettings.of(scope.properties());
    directory = directoryOf(scope);
    rule = newRule();
  }

  private StackDirectory directoryOf(StackScope scope) {
    DirectoryStore given = scope.find(DirectoryStore.class);
    Supplier<FlowTokens> tokens = () -> FlowTokens.of(scope);
    return given == null
        ? new StackDirectory(scope.properties(), table, tokens, scheduler, this)
        : new StackDirectory(scope.properties(), table, tokens, scheduler, this, given);
  }

  private AuthenticationRule newRule() {
    AuthenticationRule named =
        scope
            .properties()
            .newInstance(
                ConnectionManagementProperties.Key.AUTHENTICATION_RULE, AuthenticationRule.class);
    if (directory.isShared()) {
      named.alsoKnows(nonce -> directory.nonces().ageOf(nonce).isPresent());
    }
    return named;
  }

  /** The stack begins to accept connections. */
  public void stackStarts() {
    if (watches) {
      directory.start();
    }
  }

  /** Which proxy holds an endpoint. */
  public StackDirectory directory() {
    return directory;
  }

  /** The listener of a stack; the same object until {@link #shutdown()}. */
  public static KeepAliveListener of(StackScope scope) {
    return scope.get(KeepAliveListener.class, KeepAliveListener::new);
  }

  @Override
  public ConnectionHandler handlerFor(
      TransportConnection connection, Traffic traffic, SerialExecutor inOrder) {
    BaseHandler handler = newHandler(connection, traffic, inOrder);
    handlers.put(connection, handler);
    return handler;
  }

  private BaseHandler newHandler(
      TransportConnection connection, Traffic traffic, SerialExecutor inOrder) {
    boolean managed = connection.side() == ManagedConnection.Side.CLIENT ? keepsAlive : watches;
    if (!managed) {
      return new BaseHandler(context, connection, inOrder);
    }
    return switch (connection.side()) {
      case CLIENT ->
          new ClientHandler(
              context,
              connection,
              traffic,
              inOrder,
              declinedHops,
              () -> scope.find(RegisteredFlows.class),
              pongSeconds);
      case PROXY ->
          new ProxyHandler(
              context,
              connection,
              traffic,
              inOrder,
              new ConnectionEndpoints(connection, table, directory),
              settings,
              RuleGuard.watch(rule, connection));
    };
  }

  /**
   * The application says that this endpoint has authenticated on this connection ([MS-CONMGMT]
   * 3.5.5): an older authenticated connection of the same endpoint is closed. Without effect on a
   * connection that this stack opened or that is closed.
   */
  @Override
  public void authenticated(ManagedConnection connection, Endpoint endpoint) {
    BaseHandler handler = handlers.get(connection);
    if (handler == null) {
      LOG.debug("{} authenticated on connection #{}, which is closed", endpoint, connection.id());
      return;
    }
    handler.authenticatedAsTold(endpoint);
  }

  @Override
  public void moved(
      ManagedConnection connection, Endpoint endpoint, boolean authenticated, String newerNode) {
    BaseHandler handler = handlers.get(connection);
    if (handler != null) {
      handler.moved(endpoint, authenticated, newerNode);
    }
  }

  /**
   * The stack has stopped: ends every timer and the scheduler. A stack that starts again gets a new
   * listener and a new scheduler. Connections are closed by their transport.
   */
  public void shutdown() {
    handlers.values().forEach(BaseHandler::stopTimers);
    directory.stop();
    // Only what is still ours: a stack that already started again has new ones.
    if (scope.find(KeepAliveListener.class) == this) {
      scope.remove(KeepAliveListener.class);
    }
    if (scope.find(Scheduler.class) == scheduler) {
      scope.remove(Scheduler.class);
    }
    if (scheduler instanceof SystemScheduler system) {
      system.close();
    }
    scope.stopped();
  }

  /** How a connection stands; one that is closed has no timers and endpoints any more. */
  public ConnectionStatus status(ManagedConnection connection) {
    BaseHandler handler = handlers.get(connection);
    return handler == null ? BaseHandler.statusOf(connection) : handler.status();
  }

  /** How many endpoints are registered or authenticated on open connections. */
  public int endpoints() {
    return table.size();
  }

  /** How many connections have a handler, and how many endpoints are known: for tests. */
  int retained() {
    return handlers.size() + table.size();
  }
}
