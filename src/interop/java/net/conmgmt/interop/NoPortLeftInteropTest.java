package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A machine whose ports for outgoing connections are all in use: it still has its address. */
@RealPeers(packages = "iproute2", namespaces = true)
@Tag("peers")
@Execution(ExecutionMode.CONCURRENT)
class NoPortLeftInteropTest {

  @Test
  @Requirement("CLI-9")
  void aClientWithoutAFreePortDoesNotLeaveFromAnotherAddress(@TempDir Path folder)
      throws Exception {
    try (NetworkNamespace net = NetworkNamespace.create()) {
      net.run("ip", "addr", "add", NoPortLeft.LISTENING + "/32", "dev", "lo");
      net.run("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40000");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
              NoPortLeft.class.getName());
      try (ExternalProcess client =
          ExternalProcess.start("client", folder, Map.of(), net.inside(command))) {
        assertThat(client.awaitEnd()).as("status of: %s", client.output()).isZero();
        assertThat(client.output()).contains("works: nio", "works: blocking");
      }
    }
  }
}
