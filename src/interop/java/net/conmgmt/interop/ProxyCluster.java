package net.conmgmt.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Stacks;

/** Sample proxies for contoso.test in processes of their own that share a Redis server. */
final class ProxyCluster implements AutoCloseable {

  /** Where one of them listens, and its process. */
  final class Node {
    final int port;
    private final String directory;
    private ExternalProcess process;

    private Node(int port, String directory) throws IOException {
      this.port = port;
      this.directory = directory;
      process = started(port, directory);
    }

    String name() {
      return "127.0.0.1:" + port;
    }

    ExternalProcess process() {
      return process;
    }

    void kill() throws IOException {
      process.kill();
    }

    void startAgain() throws IOException {
      process = started(port, directory);
    }

    void pause() throws IOException {
      ExternalProcess.run(List.of("kill", "-STOP", String.valueOf(process.pid())));
    }

    void resume() throws IOException {
      ExternalProcess.run(List.of("kill", "-CONT", String.valueOf(process.pid())));
    }
  }

  private final Path folder;
  private final List<String> more;
  private final Path users;
  final List<Node> nodes = new ArrayList<>();

  private ProxyCluster(Path folder, Path users, List<String> more) {
    this.folder = folder;
    this.more = more;
    this.users = users;
  }

  /** Starts them with users {@code u0} and so on. */
  static ProxyCluster start(
      Path folder, RedisServer redis, int nodes, int userCount, int leaseSeconds)
      throws IOException {
    return start(
        folder,
        Collections.nCopies(nodes, redis.uri()),
        userCount,
        "--set",
        "DIRECTORY_LEASE=" + leaseSeconds);
  }

  /**
   * The same, each with its own way to the directory.
   *
   * @param directories the URI for each of them
   * @param more further arguments
   */
  static ProxyCluster start(Path folder, List<String> directories, int userCount, String... more)
      throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < userCount; i++) {
      lines.append('u').append(i).append(':').append(Swarm.PASSWORD).append('\n');
    }
    Path users = Files.writeString(folder.resolve("users"), lines);
    ProxyCluster cluster = new ProxyCluster(folder, users, List.of(more));
    try {
      for (String directory : directories) {
        cluster.nodes.add(cluster.new Node(Stacks.freePort(), directory));
      }
    } catch (IOException e) {
      cluster.close();
      throw e;
    }
    return cluster;
  }

  private ExternalProcess started(int port, String directory) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("proxy", "--domain", "contoso.test"));
    arguments.addAll(List.of("--tcp", String.valueOf(port), "--users", users.toString()));
    arguments.addAll(List.of("--cluster", directory));
    arguments.addAll(List.of("--set", "MAX_CONNECTIONS_PER_ADDRESS=60000"));
    arguments.addAll(List.of("--set", "MAX_CONNECTIONS=60000"));
    arguments.addAll(more);
    return ExternalProcess.start(
            "proxy-" + port,
            folder,
            Map.of(),
            Samples.command(List.of("-Xmx1g"), arguments.toArray(new String[0])))
        .ready("ready tcp ");
  }

  int port(int node) {
    return nodes.get(node).port;
  }

  /** Where they listen. */
  List<InetSocketAddress> addresses() {
    return nodes.stream()
        .map(node -> new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port))
        .toList();
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.process.close());
  }
}
