package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The directory on a Redis server that a Sentinel watches does what the contract says, and its
 * replica takes over when it dies.
 */
@RealPeers(packages = RedisServer.PACKAGE)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RedisSentinelInteropTest extends RedisStoreInteropTest {

  private @Nullable RedisServer master;
  private @Nullable RedisServer replica;
  private @Nullable ExternalProcess sentinel;
  private int sentinelPort;

  @Override
  AutoCloseable startServer(Path folder) throws IOException {
    RedisServer first = RedisServer.start(Files.createDirectory(folder.resolve("master")));
    master = first;
    RedisServer second =
        RedisServer.start(
            Files.createDirectory(folder.resolve("replica")),
            "--replicaof",
            "127.0.0.1 " + first.port());
    replica = second;
    second.awaitAnswer(answer -> answer.contains("master_link_status:up"), "info", "replication");
    sentinelPort = Stacks.freePort();
    Path configuration =
        Files.writeString(
            folder.resolve("sentinel.conf"),
            """
            port %d
            bind 127.0.0.1
            dir %s
            sentinel monitor directory 127.0.0.1 %d 1
            sentinel down-after-milliseconds directory 1000
            sentinel failover-timeout directory 10000
            """
                .formatted(sentinelPort, folder, first.port()));
    ExternalProcess watching =
        ExternalProcess.start(
                "sentinel",
                folder,
                Map.of(),
                List.of("redis-server", configuration.toString(), "--sentinel"))
            .ready("+slave ");
    sentinel = watching;
    return () -> {
      watching.close();
      second.close();
      first.close();
    };
  }

  @Override
  String uri() {
    return "redis-sentinel://127.0.0.1:" + sentinelPort + "/0#directory";
  }

  @Test
  @Order(Integer.MAX_VALUE)
  @Requirement({"CLU-5", "CLU-6"})
  void whenTheMasterDiesTheReplicaIsAskedAndKnowsWhatWasReplicated() throws Exception {
    Endpoint desk = new Endpoint("sip:failover@contoso.com", "desk");
    DirectoryStore.Claim words =
        new DirectoryStore.Claim(desk, A, 1, "f1", true, "", 3_600_000_000L, true, 1_000, 0, 0);
    assertThat(await(store(A).claim(words)).verdict()).isEqualTo(DirectoryStore.Verdict.GRANTED);
    String key = "conmgmt:{sip:failover@contoso.com}";
    Objects.requireNonNull(replica).awaitAnswer(answer -> !answer.isBlank(), "hgetall", key);
    int connects = connects();
    Objects.requireNonNull(master).kill();
    Objects.requireNonNull(sentinel).awaitLine("+switch-master ");
    awaitConnects(connects + 2);
    assertThat(await(store(B).lookup(desk.addressOfRecord())))
        .singleElement()
        .extracting(DirectoryStore.Held::epoch)
        .isEqualTo(1_000L);
    DirectoryStore.Claim moves =
        new DirectoryStore.Claim(desk, B, 1, "f2", true, "", 3_600_000_000L, true, 2_000, 0, 0);
    assertThat(await(store(B).claim(moves)).verdict()).isEqualTo(DirectoryStore.Verdict.GRANTED);
    assertThat(hint(A, desk)).isEqualTo("2000 " + B);
  }
}
