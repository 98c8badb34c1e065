package net.conmgmt.sip.internal.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;

/**
 * One connection for commands and one for hints; they begin and end together, so that whoever can
 * ask also hears.
 */
record RedisSession(
    StatefulConnection<String, String> asking,
    RedisClusterAsyncCommands<String, String> commands,
    StatefulRedisPubSubConnection<String, String> hearing) {

  void end() {
    asking.closeAsync();
    hearing.closeAsync();
  }
}
