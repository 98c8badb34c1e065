package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Stacks whose only addresses are link-local ones, on a cable in a network of its own. */
@RealPeers(packages = "iproute2", namespaces = true)
@Tag("peers")
@Execution(ExecutionMode.CONCURRENT)
class LinkLocalInteropTest {

  @Test
  void linkLocalAddressesServeAsListeningPointOutboundProxyAndRouteAndNoScopeIdIsSent(
      @TempDir Path folder) throws Exception {
    try (NetworkNamespace net = NetworkNamespace.create()) {
      net.linkLocalCable("left0", "fe80::a", "right0", "fe80::b");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
              LinkLocalPeers.class.getName(),
              folder.toString());
      try (ExternalProcess peers =
          ExternalProcess.start("peers", folder, Map.of(), net.inside(command))) {
        assertThat(peers.awaitEnd()).as("status of: %s", peers.output()).isZero();
        assertThat(peers.output())
            .contains(
                "works: nio tcp", "works: nio tls", "works: blocking tcp", "works: blocking tls");
      }
    }
  }
}
