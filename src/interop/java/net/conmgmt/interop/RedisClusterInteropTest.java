package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;

/** The directory on a Redis Cluster of three masters does what the contract says. */
@RealPeers(packages = RedisServer.PACKAGE)
@Requirement("CLU-5")
class RedisClusterInteropTest extends RedisStoreInteropTest {

  private final List<RedisServer> masters = new ArrayList<>();

  @Override
  AutoCloseable startServer(Path folder) throws IOException {
    AutoCloseable all = () -> masters.forEach(RedisServer::close);
    for (int i = 0; i < 3; i++) {
      Path own = Files.createDirectory(folder.resolve("master" + i));
      // For what they say to each other; else it is the other port and 10,000, whoever has that.
      String bus = String.valueOf(Stacks.freePort());
      masters.add(RedisServer.start(own, "--cluster-enabled", "yes", "--cluster-port", bus));
    }
    List<String> create = new ArrayList<>(List.of("redis-cli", "--cluster", "create"));
    masters.forEach(master -> create.add("127.0.0.1:" + master.port()));
    create.add("--cluster-yes");
    ExternalProcess.run(create);
    for (RedisServer master : masters) {
      master.awaitAnswer(answer -> answer.contains("cluster_state:ok"), "cluster", "info");
    }
    return all;
  }

  @Override
  String uri() {
    return masters.stream()
        .map(master -> "127.0.0.1:" + master.port())
        .collect(Collectors.joining(",", "redis://", ""));
  }
}
