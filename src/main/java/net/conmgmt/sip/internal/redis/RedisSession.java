package net.conmgmt.sip.internal.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * One connection for commands and one for hints; they begin and end together, so that whoever can
 * ask also hears.
 */
record RedisSession(
    StatefulConnection<String, String> asking,
    RedisClusterAsyncCommands<String, String> commands,
    StatefulRedisPubSubConnection<String, String> hearing) {

  private static final Logger LOG = LogManager.getLogger(RedisSession.class);

  void end() {
    CompletableFuture<Void> one = asking.closeAsync();
    CompletableFuture<Void> other = hearing.closeAsync();
    LOG.trace("Closing {} and {}", one, other);
  }
}
