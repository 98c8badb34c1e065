package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample proxy, whose log and events go to a disk that gets full. */
@Tag("peers")
@RealPeers(packages = "util-linux", namespaces = true)
class LogDiskFullInteropTest {

  private static final int KILOBYTES = 128;
  private static final int PAGE = 4_096;
  private static final int CLIENTS = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String LOG4J =
      """
      <Configuration status="warn">
        <Appenders>
          <File name="disk" fileName="DISK/proxy.log"><PatternLayout pattern="%d %m%n"/></File>
        </Appenders>
        <Loggers><Root level="debug"><AppenderRef ref="disk"/></Root></Loggers>
      </Configuration>
      """;

  @TempDir private Path folder;

  private static void register(RawPeer peer, String user) throws IOException {
    peer.send(RawRequest.register(user, "Ms-Keep-Alive: UAC;hop-hop=yes"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("UAS;hop-hop=yes");
  }

  private static void keptAlive(RawPeer peer) throws IOException {
    peer.send("\r\n\r\n");
    assertThat(peer.read(2)).isEqualTo("\r\n");
  }

  private static void messageToItself(RawPeer peer, String user) throws IOException {
    peer.send(RawRequest.message(user, user, ""));
    peer.send(RawPeer.okTo(peer.readMessage(), ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
  }

  @Test
  void theProxyServesOnAndLogsAgainWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path config = folder.resolve("log4j2.xml");
    Files.writeString(config, LOG4J.replace("DISK", disk.toString()));
    int port = Stacks.freePort();
    List<String> proxy =
        Samples.command(
            List.of("-Dlog4j2.configurationFile=" + config),
            "proxy",
            "--domain",
            "contoso.test",
            "--tcp",
            Integer.toString(port),
            "--events",
            disk.resolve("events.json").toString());
    // A mount of its own: nobody else sees the disk, and it goes with the process.
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o size=" + KILOBYTES + "k tmpfs \"$0\" && exec \"$@\"",
                disk.toString()));
    command.addAll(proxy);
    List<RawPeer> clients = new ArrayList<>();
    try (ExternalProcess process =
        ExternalProcess.start("proxy", folder, Map.of(), command).ready("ready tcp")) {
      Path seen = Path.of("/proc/" + process.pid() + "/root" + disk);
      RawPeer first = RawPeer.connect(port);
      clients.add(first);
      register(first, "first");
      long begin = System.nanoTime();
      while (Files.getFileStore(seen).getUsableSpace() > 0) {
        messageToItself(first, "first");
        assertThat(System.nanoTime() - begin).as("until it is full").isLessThan(PATIENCE.toNanos());
      }
      long full = Files.size(seen.resolve("proxy.log"));

      for (int i = 0; i < CLIENTS; i++) {
        RawPeer next = RawPeer.connect(port);
        clients.add(next);
        register(next, "user" + i);
        keptAlive(next);
        messageToItself(next, "user" + i);
        keptAlive(first);
        messageToItself(first, "first");
      }
      // The last page of the file may still have had room.
      assertThat(Files.size(seen.resolve("proxy.log"))).isBetween(full, full + PAGE);
      assertThat(process.output()).contains("No space left on device");

      // Somebody makes room.
      Files.write(seen.resolve("events.json"), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
      Files.write(seen.resolve("proxy.log"), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
      RawPeer last = RawPeer.connect(port);
      clients.add(last);
      register(last, "last");
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Files.readString(
                          seen.resolve("proxy.log"), java.nio.charset.StandardCharsets.ISO_8859_1)
                      .contains("keep-alive negotiated"));
      int descriptors = ProcessFigures.descriptors(process);
      for (RawPeer client : clients) {
        client.close();
      }
      await()
          .atMost(PATIENCE)
          .until(() -> ProcessFigures.descriptors(process) <= descriptors - clients.size());
    }
  }
}
