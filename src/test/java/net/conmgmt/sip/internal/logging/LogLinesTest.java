package net.conmgmt.sip.internal.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How this library writes its log lines. */
class LogLinesTest {

  private static final Pattern CALL =
      Pattern.compile(
          "LOG\\s*\\.(?:trace|debug|info|warn|error)\\(\\s*(.*?)\\)?;\\n", Pattern.DOTALL);
  private static final Pattern LITERALS = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");

  private static List<String> calls(String... packages) throws IOException {
    List<String> calls = new ArrayList<>();
    for (String name : packages) {
      try (Stream<Path> files =
          Files.walk(Path.of("src/main/java/net/conmgmt/sip/internal", name))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          Matcher matcher = CALL.matcher(Files.readString(file));
          while (matcher.find()) {
            calls.add(file.getFileName() + ": " + matcher.group(1));
          }
        }
      }
    }
    return calls;
  }

  @Test
  void noTextIsPutTogetherForALineWhoseLevelMayBeOff() throws Exception {
    assertThat(calls(".."))
        .hasSizeGreaterThan(30)
        .allSatisfy(
            call -> {
              String code = LITERALS.matcher(call).replaceAll("\"\"");
              assertThat(code.replaceAll("\"\"(\\s*\\+\\s*\"\")+", "\"\""))
                  .doesNotContain("\" +", "+ \"");
            });
  }

  @Test
  void aLineAboutAConnectionNamesIt() throws Exception {
    assertThat(calls("keepalive", "connection", "monitoring", "transport", "io", "time"))
        .hasSizeGreaterThan(30)
        // About a property; and the text of others, who are looked at here.
        .filteredOn(call -> !call.startsWith("TlsContexts") && !call.contains("LOG.debug(format"))
        .filteredOn(call -> !call.startsWith("PeerWarnings.java: format"))
        .allSatisfy(call -> assertThat(call).contains("{}"));
  }
}
