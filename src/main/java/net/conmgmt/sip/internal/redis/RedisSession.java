package net.conmgmt.sip.internal.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.concurrent.CompletableFuture;

/**
 * One connection for commands and one for published hints. They begin and end together, so a proxy
 * that can send commands also receives hints. Compared by identity.
 */
final class RedisSession {

  private final StatefulConnection<String, String> asking;
  private final RedisClusterAsyncCommands<String, String> commands;
  private final StatefulRedisPubSubConnection<String, String> hearing;

  RedisSession(
      StatefulConnection<String, String> asking,
      RedisClusterAsyncCommands<String, String> commands,
      StatefulRedisPubSubConnection<String, String> hearing) {
    this.asking = asking;
    this.commands = commands;
    this.hearing = hearing;
  }

  StatefulConnection<String, String> asking() {
    return asking;
  }

  RedisClusterAsyncCommands<String, String> commands() {
    return commands;
  }

  StatefulRedisPubSubConnection<String, String> hearing() {
    return hearing;
  }

  /** Closes both connections without waiting for that. */
  void end() {
    CompletableFuture<?> unused =
        CompletableFuture.allOf(asking.closeAsync(), hearing.closeAsync());
  }
}
