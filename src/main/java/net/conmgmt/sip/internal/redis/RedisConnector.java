package net.conmgmt.sip.internal.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.AsyncCloseable;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Makes sessions with the server or servers that a URI names: one host, Sentinel ({@code
 * redis-sentinel://}), or, with several hosts, a cluster. It does not reconnect by itself; the
 * owner of a session that has ended makes the next one. Thread-safe.
 */
final class RedisConnector implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(RedisConnector.class);

  private static final int MAX_WAITING = 20_000;

  private final String name;
  private final AbstractRedisClient client;
  private final Supplier<CompletableFuture<RedisSession>> sessions;

  private RedisConnector(
      String name, AbstractRedisClient client, Supplier<CompletableFuture<RedisSession>> sessions) {
    this.name = name;
    this.client = client;
    this.sessions = sessions;
  }

  /**
   * The connector of a URI.
   *
   * @throws IllegalArgumentException if it is not a Redis URI; the message omits the password
   */
  static RedisConnector of(String text, long timeoutSeconds) {
    List<RedisURI> uris;
    URI uri;
    boolean cluster;
    try {
      uri = URI.create(text);
      // The authority consists of user, password and hosts.
      String hosts = String.valueOf(uri.getRawAuthority());
      cluster =
          hosts.substring(hosts.lastIndexOf('@') + 1).contains(",")
              && !String.valueOf(uri.getScheme()).contains("sentinel");
      uris = cluster ? RedisClusterURIUtil.toRedisURIs(uri) : List.of(RedisURI.create(text));
    } catch (IllegalArgumentException e) {
      throw bad(text);
    }
    Duration timeout = Duration.ofSeconds(timeoutSeconds);
    uris.forEach(each -> each.setTimeout(timeout));
    return cluster
        ? ofCluster(nameOf(text), uris, timeout)
        : ofServer(nameOf(text), uris.get(0), timeout);
  }

  /** The cause is left out, since it would show the password. */
  private static IllegalArgumentException bad(String text) {
    return new IllegalArgumentException(
        "Property net.conmgmt.sip.ENDPOINT_DIRECTORY = '"
            + nameOf(text)
            + "': expected a URI such as redis://host:6379, rediss://user:password@host:6379,"
            + " redis-sentinel://host1,host2/0#name, or redis://host1:7000,host2:7000 for a"
            + " cluster");
  }

  /** A password may hold anything, also what it should not. */
  private static String nameOf(String text) {
    return text.replaceAll("//.*@", "//***@");
  }

  private static RedisConnector ofServer(String name, RedisURI uri, Duration timeout) {
    RedisClient client = RedisClient.create(uri);
    client.setOptions(options(ClientOptions.builder(), timeout).build());
    return new RedisConnector(
        name,
        client,
        () ->
            both(
                client.connectAsync(StringCodec.UTF8, uri),
                client.connectPubSubAsync(StringCodec.UTF8, uri),
                (asking, hearing) -> new RedisSession(asking, asking.async(), hearing)));
  }

  private static RedisConnector ofCluster(String name, List<RedisURI> uris, Duration timeout) {
    RedisClusterClient client = RedisClusterClient.create(uris);
    ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
    options(builder, timeout);
    client.setOptions(
        builder
            // The topology can change without any connection ending, and a connection to a master
            // is made when something is first asked of it, which waits for that.
            .autoReconnect(true)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.ACCEPT_COMMANDS)
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .adaptiveRefreshTriggersTimeout(timeout)
                    .enablePeriodicRefresh(Duration.ofSeconds(10))
                    .build())
            .build());
    return new RedisConnector(
        name,
        client,
        () ->
            client
                .refreshPartitionsAsync()
                .toCompletableFuture()
                .thenCompose(
                    done ->
                        both(
                            client.connectAsync(StringCodec.UTF8),
                            client.connectPubSubAsync(StringCodec.UTF8),
                            (asking, hearing) ->
                                new RedisSession(asking, asking.async(), hearing))));
  }

  private static ClientOptions.Builder options(ClientOptions.Builder builder, Duration timeout) {
    return builder
        .autoReconnect(false)
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        .requestQueueSize(MAX_WAITING)
        .timeoutOptions(TimeoutOptions.enabled(timeout))
        .socketOptions(
            SocketOptions.builder()
                .connectTimeout(timeout)
                .keepAlive(true)
                .tcpNoDelay(true)
                .build());
  }

  private static <A extends AsyncCloseable> CompletableFuture<RedisSession> both(
      CompletionStage<A> asking,
      CompletionStage<? extends StatefulRedisPubSubConnection<String, String>> hearing,
      BiFunction<A, StatefulRedisPubSubConnection<String, String>, RedisSession> maker) {
    CompletableFuture<A> one = asking.toCompletableFuture();
    CompletableFuture<StatefulRedisPubSubConnection<String, String>> other =
        hearing
            .<StatefulRedisPubSubConnection<String, String>>thenApply(made -> made)
            .toCompletableFuture();
    return one.thenCombine(other, maker)
        .whenComplete(
            (made, failure) -> {
              if (failure != null) {
                CompletableFuture<?> first = one.thenCompose(AsyncCloseable::closeAsync);
                CompletableFuture<?> second = other.thenCompose(AsyncCloseable::closeAsync);
                LOG.trace("Closing {} and {}", first, second);
              }
            });
  }

  CompletableFuture<RedisSession> connect() {
    try {
      return sessions.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    CompletableFuture<?> unused = client.shutdownAsync(0, 1, TimeUnit.SECONDS);
  }

  /** The URI without a password. */
  @Override
  public String toString() {
    return name;
  }
}
