package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MinimalClassPathTest {

  /** What an application inherits; slf4j-api is dnsjava's own. */
  private static final List<String> INHERITED =
      List.of("jain-sip-ri-", "dnsjava-", "log4j-api-", "slf4j-api-", "test-classes", "classes");

  @Test
  void aStackWithItsMBeanRunsWithNothingButTheInheritedDependencies() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> INHERITED.stream().anyMatch(new File(entry).getName()::startsWith))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                classPath,
                MinimalApplication.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
