package net.conmgmt.sip.internal.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A Lua script. It is called by its digest, and sent in full to a server that does not have it. */
final class Script {

  private final String text;
  private final ScriptOutputType type;

  Script(ScriptOutputType type, String text) {
    this.type = type;
    this.text = text;
  }

  <T> CompletableFuture<T> run(
      RedisClusterAsyncCommands<String, String> redis, String key, String... arguments) {
    String[] keys = {key};
    return redis
        .<T>evalsha(redis.digest(text), type, keys, arguments)
        .toCompletableFuture()
        .exceptionallyCompose(
            failure ->
                cause(failure) instanceof RedisNoScriptException
                    ? redis.<T>eval(text, type, keys, arguments).toCompletableFuture()
                    : CompletableFuture.failedFuture(failure));
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
