package net.conmgmt.sip.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conmgmt.sip.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.config.ConnectionManagementProperties.Kind;
import org.junit.jupiter.api.Test;

/**
 * The table of properties in README.md is that of the code. To write it anew:
 *
 * <pre>mvn -B -q -Dtest=ReadmeTableTest -Dreadme.write=true test</pre>
 */
class ReadmeTableTest {

  private static final Path README = Path.of("README.md");
  private static final String BEGIN = "<!-- properties -->\n";
  private static final String END = "<!-- /properties -->";

  @Test
  void theTableOfTheReadmeIsThatOfTheCode() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    assertThat(end).as("the marks %s and %s in README.md", BEGIN.trim(), END).isGreaterThan(begin);
    if (Boolean.getBoolean("readme.write")) {
      readme = readme.substring(0, begin) + table() + readme.substring(end);
      Files.writeString(README, readme);
    }
    assertThat(readme)
        .as("run mvn -B -q -Dtest=ReadmeTableTest -Dreadme.write=true test")
        .contains(BEGIN + table() + END);
  }

  private static String table() {
    StringBuilder table =
        new StringBuilder("| name | value | default | effect |\n|---|---|---|---|\n");
    for (Key key : Key.values()) {
      table
          .append("| `")
          .append(key.name())
          .append("` | ")
          .append(key.kind() == Kind.TEXT ? "text" : key.expected())
          .append(" | ")
          .append(key.defaultValue().isEmpty() ? "" : "`" + key.defaultValue() + "`")
          .append(" | ")
          .append(key.effect())
          .append(" |\n");
    }
    return table.toString();
  }
}
