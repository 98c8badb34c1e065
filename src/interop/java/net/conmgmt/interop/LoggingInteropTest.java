package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of logging systems in README: with what it says to add, the library's lines appear. */
@Tag("peers")
class LoggingInteropTest {

  @TempDir Path folder;

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "log4j2, ' INFO '",
    "logback, ' INFO net.conmgmt.sip.internal.keepalive.KeepAliveListener '",
    "log4j1, 'log4j 1: '"
  })
  void theStackSaysItsRoleThroughTheLogOfTheApplication(String system, String mark)
      throws Exception {
    ForeignProgram program =
        ForeignProgram.of("logging", "LoggedStack", false, folder, List.of("-P" + system));
    Path configuration = Path.of("src/interop/programs/logging/log4j.properties");
    List<String> options =
        List.of(
            "-Dorg.apache.logging.log4j.level=INFO",
            "-Dlog4j.configuration=" + configuration.toUri());
    try (ExternalProcess run = program.start("nio", options, Stacks.freePort())) {
      assertThat(run.awaitEnd()).as(run.output()).isZero();
      assertThat(run.output().lines())
          .anySatisfy(line -> assertThat(line).contains(mark).contains("This stack's role is"));
      assertThat(run.output()).doesNotContain("NoClassDefFound").doesNotContain("provider");
    }
  }
}
