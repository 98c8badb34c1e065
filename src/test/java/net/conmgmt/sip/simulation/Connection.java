package net.conmgmt.sip.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/** What the application of one end has sent on a connection and has been told of it. */
final class Connection {

  /** A message that the application sent. */
  static final class Message {
    final long id;
    boolean failed;

    Message(long id) {
      this.id = id;
    }
  }

  final Host host;
  final World.Life process;
  final ManagedConnection managed;
  final List<Message> sent = new ArrayList<>();
  final Set<Endpoint> authenticated = new HashSet<>();

  /** When each endpoint authenticated here for the first time. */
  final Map<Endpoint, Long> arrivedAt = new HashMap<>();

  int received;

  /** What was received before that. */
  final Set<Long> early = new HashSet<>();

  long authenticatedAt;
  boolean connectingTold;
  boolean establishedTold;
  @Nullable CloseReason closedTold;
  boolean answerSeen;

  /** What is negotiated, and after which silence the client has to act. */
  final Map<KeepAliveDialect, Duration> grants = new EnumMap<>(KeepAliveDialect.class);

  long establishedAt;
  long lastWroteAt;
  long lastReadAt;

  /** When this end last answered with success, and may have agreed on a keep-alive. */
  long succeededAt;

  Connection(Host host, ManagedConnection managed) {
    this.host = host;
    this.process = host.process();
    this.managed = managed;
  }

  /** The longest silence that all that is negotiated allows; null where nothing is. */
  @Nullable Duration longestSilence() {
    return grants.isEmpty() ? null : Collections.min(grants.values());
  }

  /** After which silence of its client a proxy acts; null where nothing is negotiated. */
  @Nullable Duration longestPatience() {
    return isClient() || grants.isEmpty() ? null : Collections.max(grants.values());
  }

  boolean isClient() {
    return managed.side() == ManagedConnection.Side.CLIENT;
  }

  @Override
  public String toString() {
    return host + " " + managed;
  }
}
