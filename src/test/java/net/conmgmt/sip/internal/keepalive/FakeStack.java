package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.RegisteredFlows;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.jspecify.annotations.Nullable;

/** One stack in virtual time, and the log of its events: {@code seconds #connection event}. */
final class FakeStack {

  static final Endpoint DESK = new Endpoint("sip:alice@contoso.com", "desk");

  final VirtualScheduler time;
  private final long clockStart;
  private final List<FakeConnection> connections = new ArrayList<>();
  final StackScope scope;
  final ConnectionRegistry registry = new ConnectionRegistry();
  final List<String> log = new ArrayList<>();
  final KeepAliveListener listener;
  private long nextId = 1;

  /** A stack with properties given as NAME, value, NAME, value and so on. */
  FakeStack(String... properties) {
    this(0, new Random(1), properties);
  }

  /** The same with a clock that starts anywhere. */
  FakeStack(long clockStart, RandomGenerator random, String... properties) {
    this(new VirtualScheduler(clockStart), random, null, properties);
  }

  /** One of several stacks in the same time that share a directory. */
  FakeStack(
      VirtualScheduler time,
      RandomGenerator random,
      @Nullable DirectoryStore directory,
      String... properties) {
    this.time = time;
    clockStart = time.nanoTime();
    Properties raw = new Properties();
    for (int i = 0; i < properties.length; i += 2) {
      raw.setProperty(ConnectionManagementProperties.PREFIX + properties[i], properties[i + 1]);
    }
    scope = new StackScope(ConnectionManagementProperties.of(raw));
    scope.put(Scheduler.class, time);
    scope.put(ConnectionRegistry.class, registry);
    scope.put(RandomGenerator.class, random);
    if (directory != null) {
      scope.put(DirectoryStore.class, directory);
    }
    registry.listeners().add(new Log());
    listener = KeepAliveListener.of(scope);
  }

  /** An established connection that this stack opened. */
  FakeConnection client() {
    return established(Side.CLIENT);
  }

  /** An established connection that this stack opened to this peer. */
  FakeConnection clientAt(InetSocketAddress peer) {
    FakeConnection connection = new FakeConnection(time, nextId++, Side.CLIENT, peer);
    connections.add(connection.handledBy(listener));
    connection.handler().established();
    return connection;
  }

  /** An established connection that this stack accepted. */
  FakeConnection proxy() {
    return established(Side.PROXY);
  }

  /** A connection that is not established yet. */
  FakeConnection connecting(Side side) {
    FakeConnection connection = new FakeConnection(time, nextId++, side).handledBy(listener);
    connections.add(connection);
    return connection;
  }

  private FakeConnection established(Side side) {
    FakeConnection connection = connecting(side);
    connection.handler().established();
    return connection;
  }

  /** Notes what whoever reconnects hears. */
  void watchFlows(List<String> heard) {
    scope.put(
        RegisteredFlows.class,
        new RegisteredFlows() {
          @Override
          public void registered(ManagedConnection connection, boolean inForce) {
            heard.add("#" + connection.id() + " registered " + inForce);
          }

          @Override
          public void retryAfter(ManagedConnection connection, Duration wait) {
            heard.add("#" + connection.id() + " wait " + wait.toSeconds());
          }
        });
  }

  /** What was logged since the last call, without the establishments. */
  List<String> events() {
    List<String> events = log.stream().filter(e -> !e.endsWith("established")).toList();
    log.clear();
    return events;
  }

  /** Ends every connection; then no timer, handler, endpoint or listed connection may be left. */
  void closeAndExpectNothingLeft() {
    connections.forEach(connection -> connection.close(CloseReason.LOCAL, "the test ends"));
    assertThat(time.pendingTasks()).as("timers").isZero();
    assertThat(listener.retained()).as("handlers and endpoints").isZero();
    assertThat(registry.all()).as("connections").isEmpty();
    assertThat(connections)
        .as("connections by number")
        .allMatch(c -> registry.find(c.id()) == null);
  }

  private final class Log implements ConnectionManagementListener {

    private void note(ManagedConnection connection, String what) {
      log.add((time.nanoTime() - clockStart) / 1_000_000_000 + " #" + connection.id() + " " + what);
    }

    @Override
    public void established(ManagedConnection connection) {
      note(connection, "established");
    }

    @Override
    public void closed(ManagedConnection connection, CloseReason reason, String detail) {
      note(connection, "closed " + reason);
    }

    @Override
    public void keepAliveOffered(ManagedConnection connection, String method) {
      note(connection, "offered " + method);
    }

    @Override
    public void keepAliveNegotiated(
        ManagedConnection connection, Duration timeout, Duration actsAfter) {
      note(connection, "negotiated " + timeout.toSeconds() + " " + actsAfter.toSeconds());
    }

    @Override
    public void keepAliveFailed(
        ManagedConnection connection, KeepAliveFailure reason, String detail) {
      note(connection, "failed: " + detail);
    }

    @Override
    public void keepAliveNotRenewed(
        ManagedConnection connection, KeepAliveFailure reason, String detail) {
      note(connection, "not renewed: " + reason);
    }

    @Override
    public void keepAliveNegotiated(
        ManagedConnection connection,
        KeepAliveDialect dialect,
        Duration timeout,
        Duration actsAfter) {
      if (dialect == KeepAliveDialect.MS) {
        keepAliveNegotiated(connection, timeout, actsAfter);
      } else {
        note(
            connection,
            "negotiated "
                + dialect.word()
                + " "
                + timeout.toSeconds()
                + " "
                + actsAfter.toSeconds());
      }
    }

    @Override
    public void keepAliveFailed(
        ManagedConnection connection,
        KeepAliveDialect dialect,
        KeepAliveFailure reason,
        String detail) {
      if (dialect == KeepAliveDialect.MS) {
        keepAliveFailed(connection, reason, detail);
      } else {
        note(connection, "failed " + dialect.word() + ": " + reason);
      }
    }

    @Override
    public void keepAliveEnded(
        ManagedConnection connection, KeepAliveDialect dialect, String detail) {
      note(connection, "ended " + dialect.word() + ": " + detail);
    }

    @Override
    public void keepAliveSent(ManagedConnection connection) {
      note(connection, "ping");
    }

    @Override
    public void keepAliveReceived(ManagedConnection connection) {
      note(connection, "pinged");
    }

    @Override
    public void keepAliveAnswered(ManagedConnection connection) {
      note(connection, "pong");
    }

    @Override
    public void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {
      note(connection, "authenticated " + endpoint.instance());
    }

    @Override
    public void endpointReplaced(
        ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {
      note(older, "replaced " + endpoint.instance() + " by #" + newer.id());
    }

    @Override
    public void endpointMoved(ManagedConnection older, Endpoint endpoint, String node) {
      note(older, "moved " + endpoint.instance() + " to " + node);
    }

    @Override
    public void endpointRemoved(
        ManagedConnection connection, Endpoint endpoint, CloseReason reason) {
      note(connection, "removed " + endpoint.instance() + " " + reason);
    }
  }
}
