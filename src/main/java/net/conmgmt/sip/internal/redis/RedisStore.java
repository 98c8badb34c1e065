package net.conmgmt.sip.internal.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The directory on Redis 6.2 or newer, or Valkey, alone, with Sentinel or as a cluster. One hash a
 * user, {@code conmgmt:{address-of-record}}, a field for each device; the leases of all nodes in
 * {@code conmgmt:nodes}; a channel for each node, {@code conmgmt:to:node}.
 *
 * <p>Connecting is repeated until it succeeds, one attempt at a time. Requests without a session
 * fail at once. Thread-safe.
 */
public final class RedisStore implements DirectoryStore {

  private static final Logger LOG = LogManager.getLogger(RedisStore.class);

  private static final String NODES = RedisTexts.PREFIX + "nodes";
  private static final String SECRET = RedisTexts.PREFIX + "secret";
  private static final String CHANNEL = RedisTexts.PREFIX + "to:";
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final RedisConnector connector;
  private final Scheduler scheduler;

  // Guarded by this.
  private @Nullable RedisSession session;
  private @Nullable Events events;
  private String channel = "";
  private boolean connecting;
  private boolean closed;
  private boolean toldFailure;

  /**
   * A store that is not started.
   *
   * @throws IllegalArgumentException if it is not a Redis URI
   */
  public RedisStore(String uri, long timeoutSeconds, Scheduler scheduler) {
    connector = RedisConnector.of(uri, timeoutSeconds);
    this.scheduler = scheduler;
  }

  @Override
  public void start(String node, Events theirEvents) {
    synchronized (this) {
      events = theirEvents;
      channel = CHANNEL + node;
    }
    connect();
  }

  private void connect() {
    synchronized (this) {
      if (closed || connecting || session != null) {
        return;
      }
      connecting = true;
    }
    CompletableFuture<?> unused =
        connector
            .connect()
            .thenCompose(
                made ->
                    made.hearing()
                        .async()
                        .subscribe(channel())
                        .toCompletableFuture()
                        .handle(
                            (done, failure) -> {
                              if (failure != null) {
                                made.end();
                                throw new java.util.concurrent.CompletionException(failure);
                              }
                              return made;
                            }))
            .whenComplete(
                (made, failure) -> {
                  if (made == null) {
                    failed(failure);
                  } else {
                    begun(made);
                  }
                });
  }

  private synchronized String channel() {
    return channel;
  }

  private void failed(@Nullable Throwable failure) {
    Events told;
    synchronized (this) {
      connecting = false;
      told = toldFailure || closed ? null : events;
      toldFailure = true;
    }
    LOG.debug("Connecting to {} failed", connector, failure);
    if (told != null) {
      told.disconnected("connecting to " + connector + " failed: " + rootOf(failure));
    }
    again();
  }

  private static String rootOf(@Nullable Throwable failure) {
    Throwable root = failure;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root);
  }

  private void again() {
    scheduler.schedule(Scheduler.named(this, this::connect), PAUSE_NANOS);
  }

  private void begun(RedisSession made) {
    Events told;
    boolean unwanted;
    synchronized (this) {
      connecting = false;
      unwanted = closed;
      if (!unwanted) {
        session = made;
        toldFailure = false;
      }
      told = events;
    }
    if (unwanted || told == null) {
      made.end();
      return;
    }
    made.hearing()
        .addListener(
            new RedisPubSubAdapter<>() {
              @Override
              public void message(String ofChannel, String message) {
                heard(told, message);
              }
            });
    watch(made, made.asking());
    watch(made, made.hearing());
    if (made.asking().isOpen() && made.hearing().isOpen()) {
      told.connected();
    } else {
      ended(made, "the connection ended at once");
    }
  }

  private void watch(RedisSession made, StatefulConnection<String, String> connection) {
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> gone) {
            ended(made, "the connection to " + connector + " has ended");
          }
        });
  }

  private void ended(RedisSession gone, String why) {
    Events told;
    synchronized (this) {
      if (!gone.equals(session)) {
        return;
      }
      session = null;
      told = closed ? null : events;
      toldFailure = true;
    }
    gone.end();
    if (told != null) {
      told.disconnected(why);
    }
    again();
  }

  private static void heard(Events told, String message) {
    try {
      RedisTexts.Hint hint = RedisTexts.hint(message);
      told.displaced(hint.endpoint(), hint.epoch(), hint.node());
    } catch (RuntimeException e) {
      LOG.warn("A message of the endpoint directory cannot be read", e);
    }
  }

  private <T> CompletableFuture<T> ask(
      Function<RedisClusterAsyncCommands<String, String>, CompletableFuture<T>> question) {
    RedisSession present;
    synchronized (this) {
      present = session;
    }
    if (present == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("Not connected to " + connector));
    }
    try {
      return question.apply(present.commands());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<List<String>> lease(
      String step, String node, long incarnation, long leaseMicros) {
    return ask(
        redis ->
            Scripts.LEASE.run(
                redis,
                NODES,
                step,
                node,
                String.valueOf(incarnation),
                String.valueOf(leaseMicros)));
  }

  @Override
  public CompletableFuture<Nodes> join(String node, long former, long leaseMicros) {
    return lease("join", node, former, leaseMicros).thenApply(RedisTexts::nodes);
  }

  @Override
  public CompletableFuture<Nodes> renew(String node, long incarnation, long leaseMicros) {
    return lease("renew", node, incarnation, leaseMicros).thenApply(RedisTexts::nodes);
  }

  @Override
  public CompletableFuture<Boolean> leave(String node, long incarnation) {
    return lease("leave", node, incarnation, 0).thenApply(words -> true);
  }

  private static String digit(boolean yes) {
    return yes ? "1" : "0";
  }

  @Override
  public CompletableFuture<Answer> claim(Claim words) {
    return ask(redis ->
            Scripts.CLAIM.<List<String>>run(
                redis,
                RedisTexts.keyOf(words.endpoint().addressOfRecord()),
                RedisTexts.fieldOf(words.endpoint()),
                words.node(),
                String.valueOf(words.incarnation()),
                words.flow(),
                digit(words.authenticated()),
                words.contact(),
                String.valueOf(words.lifetimeMicros()),
                digit(words.own()),
                String.valueOf(words.stampMicros()),
                String.valueOf(words.over()),
                String.valueOf(words.doubtMicros()),
                String.valueOf(GRAVE_MICROS),
                String.valueOf(MAX_DEVICES),
                CHANNEL,
                words.endpoint().addressOfRecord()))
        .thenApply(answer -> RedisTexts.answer(words.endpoint(), answer));
  }

  @Override
  public CompletableFuture<Boolean> release(
      Endpoint endpoint, String node, String flow, long epoch) {
    return ask(redis ->
            Scripts.RELEASE.<Long>run(
                redis,
                RedisTexts.keyOf(endpoint.addressOfRecord()),
                RedisTexts.fieldOf(endpoint),
                node,
                flow,
                String.valueOf(epoch),
                String.valueOf(GRAVE_MICROS)))
        .thenApply(taken -> taken == 1);
  }

  @Override
  public CompletableFuture<List<Held>> lookup(String addressOfRecord) {
    return ask(redis -> redis.hgetall(RedisTexts.keyOf(addressOfRecord)).toCompletableFuture())
        .thenApply(hash -> RedisTexts.entries(addressOfRecord, hash));
  }

  @Override
  public CompletableFuture<String> secret(String proposal) {
    return ask(
        redis ->
            redis
                .set(SECRET, proposal, SetArgs.Builder.nx())
                .thenCompose(done -> redis.get(SECRET))
                .toCompletableFuture());
  }

  @Override
  public void reconnect(String why) {
    RedisSession present;
    synchronized (this) {
      present = session;
    }
    if (present != null) {
      ended(present, why);
    }
  }

  @Override
  public void close() {
    RedisSession present;
    synchronized (this) {
      closed = true;
      present = session;
      session = null;
    }
    if (present != null) {
      present.end();
    }
    connector.close();
  }

  @Override
  public String toString() {
    return "The endpoint directory " + connector;
  }
}
