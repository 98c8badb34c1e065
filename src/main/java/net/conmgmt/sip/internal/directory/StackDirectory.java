package net.conmgmt.sip.internal.directory;

import java.lang.reflect.InvocationTargetException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.directory.Nonces;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.connection.EndpointTable;
import net.conmgmt.sip.internal.connection.FlowTokens;
import net.conmgmt.sip.internal.connection.ListenerList;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint directory of one stack. By default it only reads the stack's {@link EndpointTable};
 * with {@code ENDPOINT_DIRECTORY} it shares the endpoints with other proxies through a {@link
 * DirectoryNode}. Thread-safe.
 */
public final class StackDirectory implements EndpointDirectory, DirectoryNode.Effects {

  /** The effects of the directory on the connections of the stack. */
  public interface Connections {
    /** The application says that this endpoint has authenticated there. */
    void authenticated(ManagedConnection connection, Endpoint endpoint);

    /** Another proxy holds the endpoint now. */
    void moved(
        ManagedConnection connection, Endpoint endpoint, boolean authenticated, String newerNode);
  }

  private static final Logger LOG = LogManager.getLogger(StackDirectory.class);

  /** Made by name, since Lettuce is only there for applications that share a directory. */
  private static final String REDIS = "net.conmgmt.sip.internal.redis.RedisStore";

  private final EndpointTable table;
  private final Scheduler scheduler;
  private final Connections connections;
  private final long timeoutNanos;
  private final Supplier<FlowTokens> tokens;
  private final ListenerList<Listener> listeners = new ListenerList<>();
  private final @Nullable DirectoryStore store;
  private final @Nullable DirectoryNode node;

  // Made when first asked for, as the JDK's cryptography is long to load. Guarded by this.
  private @Nullable SharedNonces nonces;

  /**
   * The directory that the properties name; not started.
   *
   * @param tokens makes what stands for connections, once other proxies are to know of some
   * @throws IllegalArgumentException if they name one that cannot be
   */
  public StackDirectory(
      ConnectionManagementProperties properties,
      EndpointTable table,
      Supplier<FlowTokens> tokens,
      Scheduler scheduler,
      Connections connections) {
    this(
        properties,
        table,
        tokens,
        scheduler,
        connections,
        properties.text(Key.ENDPOINT_DIRECTORY).isEmpty() ? null : redis(properties, scheduler));
  }

  /** The same with a given store, or with none. */
  public StackDirectory(
      ConnectionManagementProperties properties,
      EndpointTable table,
      Supplier<FlowTokens> tokens,
      Scheduler scheduler,
      Connections connections,
      @Nullable DirectoryStore store) {
    this.table = table;
    this.tokens = tokens;
    this.scheduler = scheduler;
    this.connections = connections;
    this.store = store;
    timeoutNanos = properties.duration(Key.DIRECTORY_TIMEOUT).toNanos();
    String nodeName = properties.text(Key.NODE);
    node =
        store == null
            ? null
            : new DirectoryNode(
                store,
                scheduler,
                new DirectorySettings(
                    nodeName,
                    properties.intValue(Key.DIRECTORY_LEASE),
                    properties.intValue(Key.DIRECTORY_PACE)),
                this);
  }

  private static DirectoryStore redis(
      ConnectionManagementProperties properties, Scheduler scheduler) {
    try {
      return Class.forName(REDIS)
          .asSubclass(DirectoryStore.class)
          .getConstructor(String.class, long.class, Scheduler.class)
          .newInstance(
              properties.text(Key.ENDPOINT_DIRECTORY),
              (long) properties.intValue(Key.DIRECTORY_TIMEOUT),
              scheduler);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException bad) {
        throw bad;
      }
      throw missing(e.getCause() == null ? e : e.getCause());
    } catch (ReflectiveOperationException | LinkageError e) {
      throw missing(e);
    }
  }

  private static IllegalArgumentException missing(Throwable cause) {
    return new IllegalArgumentException(
        "Property "
            + Key.ENDPOINT_DIRECTORY.propertyName()
            + ": the directory on Redis needs io.lettuce:lettuce-core on the class path, found "
            + cause,
        cause);
  }

  /** Whether other proxies share it; only then does it need {@link #held} and {@link #left}. */
  public boolean isShared() {
    return node != null;
  }

  /** The stack begins to accept connections. */
  public void start() {
    if (node != null) {
      node.start();
    }
  }

  /** The stack has stopped. */
  public void stop() {
    if (node != null) {
      node.close();
    }
  }

  /** The endpoint is on this connection. No effect if the directory is not shared. */
  public void held(
      TransportConnection connection,
      Endpoint endpoint,
      String contact,
      boolean authenticated,
      long lifetimeSeconds) {
    if (node != null) {
      node.claim(endpoint, tokens.get().of(connection), contact, authenticated, lifetimeSeconds);
    }
  }

  /** The endpoint has left this connection. */
  public void left(TransportConnection connection, Endpoint endpoint) {
    if (node != null) {
      node.release(endpoint, tokens.get().of(connection));
    }
  }

  /** Nonces that all proxies of this directory know. */
  public Nonces nonces() {
    return ownNonces();
  }

  private synchronized SharedNonces ownNonces() {
    SharedNonces made = nonces;
    if (made == null) {
      made = new SharedNonces(scheduler, new SecureRandom());
      nonces = made;
    }
    return made;
  }

  @Override
  public CompletableFuture<Claimed> claim(
      Endpoint endpoint, ManagedConnection connection, String contact, Duration lifetime) {
    if (node == null) {
      connections.authenticated(connection, endpoint);
      boolean held = table.authenticatedConnection(endpoint) == connection;
      return CompletableFuture.completedFuture(new Claimed(held, 0, Optional.empty()));
    }
    connections.authenticated(connection, endpoint);
    CompletableFuture<Claimed> answer = new CompletableFuture<>();
    node.claim(
        endpoint,
        tokens.get().of(connection),
        contact,
        true,
        Math.max(1, lifetime.toSeconds()),
        answer);
    return within(answer, "the claim of " + endpoint);
  }

  @Override
  public CompletableFuture<Boolean> release(Endpoint endpoint, ManagedConnection connection) {
    if (node == null) {
      return CompletableFuture.completedFuture(
          connection instanceof TransportConnection own && table.release(own, endpoint));
    }
    boolean held = node.release(endpoint, tokens.get().of(connection));
    return CompletableFuture.completedFuture(held);
  }

  @Override
  public CompletableFuture<List<DirectoryEntry>> lookup(String addressOfRecord) {
    String user = new Endpoint(addressOfRecord, "").addressOfRecord();
    if (node == null) {
      return CompletableFuture.completedFuture(inTable(user));
    }
    CompletableFuture<List<DirectoryEntry>> answer = node.lookup(user);
    return answer.isDone()
        ? answer
        : within(answer, "the look-up of " + user).exceptionally(failure -> node.held(user));
  }

  private List<DirectoryEntry> inTable(String user) {
    List<DirectoryEntry> entries = new ArrayList<>();
    for (EndpointTable.Entry entry : table.devices(user)) {
      TransportConnection holder = entry.owner() == null ? entry.authenticated() : entry.owner();
      entries.add(
          new DirectoryEntry(
              entry.endpoint(),
              0,
              "",
              tokens.get().of(Objects.requireNonNull(holder)),
              "",
              entry.authenticated() == holder));
    }
    return entries;
  }

  @Override
  public CompletableFuture<Boolean> forget(DirectoryEntry entry) {
    return node == null
        ? CompletableFuture.completedFuture(false)
        : within(node.forget(entry), "forgetting " + entry.endpoint());
  }

  private <T> CompletableFuture<T> within(CompletableFuture<T> answer, String what) {
    Scheduler.Task tooLate =
        scheduler.schedule(
            () ->
                answer.completeExceptionally(
                    new TimeoutException(
                        "The endpoint directory did not answer "
                            + what
                            + " within "
                            + TimeUnit.NANOSECONDS.toMillis(timeoutNanos)
                            + " ms")),
            timeoutNanos);
    return answer.whenComplete((done, failure) -> tooLate.cancel());
  }

  @Override
  public DirectoryStatus status() {
    return node == null
        ? new DirectoryStatus("", false, true, 0, List.of(), table.size(), 0, 0, 0, 0, 0, 0, 0)
        : node.status();
  }

  @Override
  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  @Override
  public void displaced(DirectoryEntry lost, String newerNode) {
    ManagedConnection connection = tokens.get().find(lost.flow()).connection();
    if (connection != null) {
      connections.moved(connection, lost.endpoint(), lost.authenticated(), newerNode);
    }
    listeners.tell("The endpoint directory", listener -> listener.displaced(lost, newerNode));
  }

  @Override
  public void leaseLost() {
    listeners.tell("The endpoint directory", Listener::leaseLost);
  }

  @Override
  public void reconciling() {
    if (store != null) {
      CompletableFuture<?> unused =
          store
              .secret(ownNonces().proposal())
              .thenAccept(ownNonces()::agreed)
              .exceptionally(
                  failure -> {
                    LOG.warn(
                        "The secret for nonces was not read from the endpoint directory yet;"
                            + " until it is, other proxies may refuse this one's nonces",
                        failure);
                    return null;
                  });
    }
  }

  @Override
  public void leaseGained() {
    listeners.tell("The endpoint directory", Listener::leaseGained);
  }
}
