package net.conmgmt.sip.internal.header;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a peer sends as value, beside the grammar of 2.2.1 written once more as a pattern. */
class MsKeepAliveParserFuzzTest {

  private static final String SPACE = "[ \\t]*+";
  private static final String TOKEN = "[A-Za-z0-9.!%*_+`'~-]++";
  private static final String QUOTED =
      "\"(?:[^\"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\x00-\\x7f])*+\"";
  private static final String VALUE = "(?:" + TOKEN + "|\\[[0-9A-Fa-f:.]++]|" + QUOTED + ")";
  private static final Pattern PARAMETER =
      Pattern.compile(
          SPACE + ";" + SPACE + "(" + TOKEN + ")(?:" + SPACE + "=" + SPACE + "(" + VALUE + "))?+");
  private static final Pattern FIRST_VALUE =
      Pattern.compile(
          SPACE + "(?i:UA([CS]))((?:" + PARAMETER.pattern() + ")*+)[ \\t]*+(?:,.*+|$)",
          Pattern.DOTALL);

  private static final String TOO_MANY_VALUES =
      ",".repeat(3 * MsKeepAliveReader.MAX_VALUES) + "\"\"";

  /** Every value of the table, so that the fuzzer need not find out the words of the grammar. */
  static Stream<byte[]> tableValues() {
    return Stream.concat(ValueTable.rows().map(ValueTable.Row::value), Stream.of(TOO_MANY_VALUES))
        .map(value -> value.getBytes(UTF_8));
  }

  @MethodSource("tableValues")
  @FuzzTest
  @Requirement({"HDR-2", "HDR-8"})
  void noValueThrowsOrMeansSomethingElseThanTheGrammarSays(byte[] bytes) {
    String text = new String(bytes, UTF_8);

    MsKeepAliveList list = MsKeepAliveReader.read(text, 0);

    assertThat(list).isNotEmpty();
    assertThat(meaning(list.get(0))).isEqualTo(meaningByPattern(text));
    assertThat(withoutOverflow(reread(list))).isEqualTo(withoutOverflow(list));
    for (MsKeepAlive header : list) {
      staysTheSame(header);
    }
  }

  private static String meaning(MsKeepAlive header) {
    return header.isValid()
        ? header.role()
            + (header.offersHopByHop() ? " yes " : " no ")
            + header.timeoutSeconds().orElse(-1)
        : "malformed";
  }

  private static String meaningByPattern(String text) {
    Matcher value = FIRST_VALUE.matcher(trimmed(text).replaceAll("[\r\n]", " "));
    if (!value.matches()) {
      return "malformed";
    }
    boolean hopByHop = false;
    int timeout = -1;
    List<String> names = new java.util.ArrayList<>();
    Matcher parameter = PARAMETER.matcher(value.group(2));
    while (parameter.find()) {
      String name = parameter.group(1).toLowerCase(Locale.ROOT);
      String content = parameter.group(2) == null ? "" : parameter.group(2);
      if (names.contains(name) || names.size() == MsKeepAliveReader.MAX_PARAMETERS) {
        return "malformed";
      }
      names.add(name);
      if (name.equals("timeout")) {
        if (!content.matches("[0-9]+")) {
          return "malformed";
        }
        timeout =
            new java.math.BigInteger(content)
                .min(java.math.BigInteger.valueOf(Integer.MAX_VALUE))
                .intValue();
      } else if (name.equals("hop-hop")) {
        if (!content.matches("(?i)yes|no")) {
          return "malformed";
        }
        hopByHop = content.equalsIgnoreCase("yes");
      }
    }
    return "UA" + value.group(1).toUpperCase(Locale.ROOT) + (hopByHop ? " yes " : " no ") + timeout;
  }

  private static String trimmed(String text) {
    return text.replaceAll("[ \\t\r\n]++\\z", "");
  }

  /** What follows too many values of one line is one value, but several in a line of its own. */
  private static List<MsKeepAlive> withoutOverflow(MsKeepAliveList list) {
    return list.subList(0, Math.min(list.size(), MsKeepAliveReader.MAX_VALUES));
  }

  private static MsKeepAliveList reread(MsKeepAliveList list) {
    MsKeepAliveList again = new MsKeepAliveList();
    list.encode().lines().forEach(l -> again.addAll(MsKeepAliveReader.read(l, l.indexOf(':') + 1)));
    return again;
  }

  private static void staysTheSame(MsKeepAlive header) {
    assertThat(header.clone()).isEqualTo(header).hasSameHashCodeAs(header);
    assertThat(header.encode()).doesNotContainPattern("[\r\n](?!\n?$)");
    assertThat(header.isValid()).isEqualTo(header.invalidReason() == null);
    header
        .getParameterNames()
        .forEachRemaining(name -> assertThat(header.getParameter(name)).isNotNull());
    header.mechanisms().keySet().forEach(name -> assertThat(name).matches(TOKEN));
  }
}
