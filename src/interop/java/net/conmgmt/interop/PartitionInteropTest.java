package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five proxies, their Redis server and the phones, each in a network of its own behind one router.
 * nftables on the router cuts one proxy off from Redis, and then two proxies off from Redis and
 * from the others. {@link PartitionPhones} is what the phones do. All proxies have to agree within
 * {@code -Dpartition.bound=15000} ms after each cut; the default leaves room for a busy machine.
 */
@RealPeers(
    packages = {"iproute2", "nftables", RedisServer.PACKAGE},
    namespaces = true)
@Tag("peers")
class PartitionInteropTest {

  static final int PROXIES = 5;
  static final int USERS = 60;
  private static final int LEASE_SECONDS = 3;
  private static final int BOUND_MILLIS = Integer.getInteger("partition.bound", 60_000);

  @TempDir private Path folder;
  private final List<AutoCloseable> started = new ArrayList<>();
  private NetworkNamespace router;

  /** Another network behind the router, whose machine has the address 10.79.number.2. */
  private NetworkNamespace network(int number) throws IOException {
    NetworkNamespace made = NetworkNamespace.create();
    started.add(made);
    String net = "10.79." + number;
    made.link("lan0", net + ".2/24", router, "to" + number, net + ".1/24");
    made.run("ip", "route", "add", "default", "via", net + ".1");
    return made;
  }

  static String address(int number) {
    return "10.79." + number + ".2";
  }

  @BeforeEach
  void startProxies() throws Exception {
    router = NetworkNamespace.create();
    started.add(router);
    router.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    started.add(RedisServer.startIn(network(PartitionPhones.REDIS), folder));
    StringBuilder users = new StringBuilder();
    for (int i = 0; i < USERS + PROXIES; i++) {
      users.append('u').append(i).append(':').append(Swarm.PASSWORD).append('\n');
    }
    Files.writeString(folder.resolve("users"), users);
    List<ExternalProcess> proxies = new ArrayList<>();
    for (int i = 0; i < PROXIES; i++) {
      NetworkNamespace place = network(i + 1);
      List<String> command =
          Samples.command(
              "proxy",
              "--domain",
              "contoso.test",
              "--listen",
              address(i + 1),
              "--users",
              folder.resolve("users").toString(),
              "--cluster",
              "redis://" + address(PartitionPhones.REDIS) + ":6379",
              "--set",
              "DIRECTORY_LEASE=" + LEASE_SECONDS);
      ExternalProcess proxy =
          ExternalProcess.start("proxy" + i, folder, Map.of(), place.inside(command));
      started.add(proxy);
      proxies.add(proxy);
    }
    for (ExternalProcess proxy : proxies) {
      proxy.awaitLine("ready tcp ");
    }
  }

  @AfterEach
  void stop() throws Exception {
    // Processes before their networks.
    for (int i = started.size() - 1; i >= 0; i--) {
      started.get(i).close();
    }
  }

  @Test
  @Requirement({"CLU-1", "CLU-3", "CLU-4", "CLU-6"})
  void proxiesThatAreCutOffServeTheirOwnClientsAndAfterwardsEveryClientHasOneConnection()
      throws Exception {
    NetworkNamespace place = network(PartitionPhones.PHONES);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Dpartition.bound=" + BOUND_MILLIS,
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            PartitionPhones.class.getName(),
            router.name());
    try (ExternalProcess phones =
        ExternalProcess.start("phones", folder, Map.of(), place.inside(command))) {
      int status = phones.awaitEnd();
      phones
          .output()
          .lines()
          .filter(line -> line.startsWith(PartitionPhones.FIGURE))
          .forEach(line -> Figures.show("%s", line.substring(PartitionPhones.FIGURE.length())));
      assertThat(status).as(phones.output()).isZero();
      assertThat(phones.output()).contains(PartitionPhones.DONE);
    }
  }
}
