package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What src/release/run refuses before it builds anything, and what a release says of its home. */
class ReleaseScriptTest {

  private static final String PLACEHOLDER = "https://jain-sip-conmgmt.invalid";

  private record Ended(int status, String output) {}

  private static Ended release(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "src/release/run"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-DskipTests",
        "-Dhome.url=",
        "-Dhome.url=http://example.org/jain-sip-conmgmt",
        "-Dhome.url=" + PLACEHOLDER,
        "-Dhome.url=" + PLACEHOLDER + "/jain-sip-conmgmt",
        "-Dhome.url=https://example.org/<scm>",
      })
  void aReleaseWithoutAPublicAddressIsRefusedBeforeAnythingIsBuilt(String option) throws Exception {
    Ended ended = release("1.0.0", option);

    assertThat(ended.status()).as(ended.output()).isEqualTo(2);
    assertThat(ended.output())
        .contains("expected -Dhome.url=https://", "-Dhome.url=none", PLACEHOLDER)
        .doesNotContain("building");
  }

  @Test
  void aSnapshotIsNoRelease() throws Exception {
    Ended ended = release("1.0.0-SNAPSHOT", "-Dhome.url=none");

    assertThat(ended.status()).as(ended.output()).isEqualTo(2);
    assertThat(ended.output()).contains("without -SNAPSHOT", "1.0.0-SNAPSHOT");
  }

  @Test
  void oneLineOfThePomSaysWhereTheProjectIs() throws Exception {
    String pom = Files.readString(Path.of("pom.xml"));

    assertThat(pom.split(PLACEHOLDER, -1)).as("the placeholder, once").hasSize(2);
    assertThat(pom)
        .contains(
            "<home.url>" + PLACEHOLDER + "</home.url>",
            "<url>${home.url}</url>",
            "<connection>scm:git:${home.url}.git</connection>",
            "<developerConnection>scm:git:${home.url}.git</developerConnection>");
  }
}
