package net.conmgmt.interop;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.Stacks;

/** A Redis server of Debian's on loopback, without data unless it is told to keep them. */
final class RedisServer implements AutoCloseable {

  static final String PACKAGE = "redis-server";

  private final Path folder;
  private final int port;
  private final List<String> more;
  private final List<String> prefix;
  private ExternalProcess process;

  private RedisServer(Path folder, int port, List<String> prefix, List<String> more)
      throws IOException {
    this.folder = folder;
    this.port = port;
    this.prefix = prefix;
    this.more = more;
    process = started();
  }

  static RedisServer start(Path folder, String... more) throws IOException {
    return new RedisServer(folder, Stacks.freePort(), List.of(), List.of(more));
  }

  /** The same inside a network namespace, on all its addresses. */
  static RedisServer startIn(NetworkNamespace network, Path folder) throws IOException {
    return new RedisServer(
        folder,
        6379,
        network.inside(List.of()),
        List.of("--bind", "0.0.0.0", "--protected-mode", "no"));
  }

  private ExternalProcess started() throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("redis-server", "--port", String.valueOf(port)));
    if (!more.contains("--bind")) {
      command.addAll(List.of("--bind", "127.0.0.1"));
    }
    command.addAll(List.of("--dir", folder.toString(), "--daemonize", "no"));
    if (!more.contains("--appendonly")) {
      command.addAll(List.of("--save", ""));
    }
    command.addAll(more);
    return ExternalProcess.start("redis", folder, Map.of(), command)
        .ready("Ready to accept connections");
  }

  String uri() {
    return "redis://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  /** Ends it as kill -9 does. */
  void kill() throws IOException {
    process.kill();
  }

  /** Deletes what it has kept, while it is not running. */
  void loseData() throws IOException {
    Path kept = folder.resolve("appendonlydir");
    try (Stream<Path> files = Files.list(kept)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  /** Starts it again on the same port, with the data that it kept, if any. */
  void startAgain() throws IOException {
    process = started();
  }

  /** Stops it where it is (SIGSTOP), until {@link #resume}. */
  void pause() throws IOException {
    ExternalProcess.run(List.of("kill", "-STOP", String.valueOf(process.pid())));
  }

  void resume() throws IOException {
    ExternalProcess.run(List.of("kill", "-CONT", String.valueOf(process.pid())));
  }

  /** What {@code redis-cli} answers. */
  String ask(String... words) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("redis-cli", "-p", String.valueOf(port)));
    command.addAll(List.of(words));
    return ExternalProcess.run(command);
  }

  /** Waits until {@code redis-cli} answers so. */
  void awaitAnswer(Predicate<String> expected, String... words) {
    await(String.join(" ", words)).atMost(Duration.ofSeconds(30)).until(() -> ask(words), expected);
  }

  @Override
  public void close() {
    process.close();
  }
}
