package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code samples/run demo --cluster}, as README's readers run it. */
@Tag("peers")
class ClusterDemoInteropTest {

  @TempDir private Path folder;

  @Test
  @RealPeers(packages = "redis-server")
  @Requirement({"CLU-2", "CLU-3"})
  void everybodyIsReachableAgainAfterOneOfThreeProxiesWasKilled() throws Exception {
    try (ExternalProcess demo = Samples.start("demo", folder, "demo", "--cluster")) {
      assertThat(demo.awaitEnd()).as(demo.output()).isZero();
      assertThat(demo.output()).contains("got SIGKILL").contains("every step happened");
    }
  }
}
