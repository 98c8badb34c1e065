package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The table of properties among the pages is that of the code: the effect of each is its comment
 * there. To write it anew:
 *
 * <pre>mvn -B -q -Dtest=ReadmeTableTest -Dtable.write=true test</pre>
 */
class ReadmeTableTest {

  private static final Path PAGE = Path.of("src/site/markdown/properties.md");
  private static final String BEGIN = "<!-- properties -->\n";
  private static final String END = "<!-- /properties -->";

  private static final Path KEYS =
      Path.of("src/main/java")
          .resolve(ConnectionManagementProperties.class.getName().replace('.', '/') + ".java");
  private static final Pattern COMMENTED_KEY =
      Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\s*([A-Z0-9_]+)\\(", Pattern.DOTALL);

  @Test
  void theTableOfThePageIsThatOfTheCode() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    assertThat(end).as("the marks %s and %s in %s", BEGIN.trim(), END, PAGE).isGreaterThan(begin);
    if (Boolean.getBoolean("table.write")) {
      page = page.substring(0, begin) + table() + page.substring(end);
      Files.writeString(PAGE, page);
    }
    assertThat(page)
        .as("run mvn -B -q -Dtest=ReadmeTableTest -Dtable.write=true test")
        .contains(BEGIN + table() + END);
  }

  private static Map<String, String> effects() throws IOException {
    Map<String, String> effects = new HashMap<>();
    Matcher matcher = COMMENTED_KEY.matcher(Files.readString(KEYS));
    while (matcher.find()) {
      String text = matcher.group(1).replaceAll("\\s*\\n\\s*\\*?\\s*", " ").strip();
      effects.put(matcher.group(2), text.substring(0, text.length() - 1));
    }
    return effects;
  }

  /** As code, since a site would make a link of it. */
  private static String withoutLinks(@Nullable String effect) {
    return Objects.toString(effect).replaceAll("\\b[a-z]+://[\\w:]+", "`$0`");
  }

  private static String table() throws IOException {
    Map<String, String> effects = effects();
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
          .append(withoutLinks(effects.get(key.name())))
          .append(" |\n");
    }
    return table.toString();
  }
}
