package net.conmgmt.sip.internal.header;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads ms-keep-alive-values.txt; the format is explained there. */
final class ValueTable {

  private static final Map<String, String> CHARACTERS =
      Map.of(
          "{TAB}", "\t",
          "{CR}", "\r",
          "{LF}", "\n",
          "{NUL}", "\u0000",
          "{SOH}", "\u0001",
          "{BEL}", "\u0007",
          "{DEL}", "\u007f",
          "{EMPTY}", "");
  private static final Pattern REPETITION = Pattern.compile("\\{(\\d+)\\*([^}]+)\\}");

  private ValueTable() {}

  /** What one of the values of a line must yield. */
  record Expected(String outcome, String encoded) {

    private static final String MALFORMED = "malformed: ";

    boolean valid() {
      return !outcome.startsWith(MALFORMED);
    }

    String reason() {
      return outcome.substring(MALFORMED.length());
    }
  }

  /** One line of the table. */
  record Row(int line, String value, List<Expected> expected) {

    boolean hasLineBreak() {
      return value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0;
    }

    /** Whether a line that it makes ends with what the RI cuts off before the parser sees it. */
    boolean endsInControl() {
      return value.matches("(?s).*[\\x00-\\x08\\x0e-\\x1f](,.*)?");
    }

    /** Whether it comes out of a message, as the RI parses it, as it was put in. */
    boolean isFitForAMessage() {
      return isFolded() && !endsInControl();
    }

    /** Whether every line break in it is a folding, as a header in a message needs it. */
    boolean isFolded() {
      return !value.replaceAll("\r?\n[ \t]", "").matches("(?s).*[\r\n].*");
    }

    @Override
    public String toString() {
      String shown = value.length() > 60 ? value.substring(0, 60) + "..." : value;
      return "line " + line + ": " + shown.replaceAll("[\\p{Cntrl}]", "?");
    }
  }

  static Stream<Row> rows() {
    List<Row> rows = new ArrayList<>();
    int number = 0;
    for (String line : resource("/ms-keep-alive-values.txt").split("\n", -1)) {
      number++;
      if (!line.isBlank() && !line.startsWith("#")) {
        rows.add(row(number, line));
      }
    }
    return rows.stream();
  }

  static String resource(String name) {
    try (InputStream in = ValueTable.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name, e);
    }
  }

  private static Row row(int number, String line) {
    String[] columns = line.split(" => ", -1);
    if (columns.length < 2 || columns.length > 3) {
      throw new IllegalStateException("Line " + number + " has no outcome: " + line);
    }
    String value = expand(columns[0]);
    String[] outcomes = columns[1].split(" & ", -1);
    String[] encoded =
        columns.length == 3 ? expand(columns[2]).split(" & ", -1) : new String[] {value};
    if (outcomes.length != encoded.length) {
      throw new IllegalStateException(
          "Line " + number + ": as many encodings as outcomes: " + line);
    }
    List<Expected> expected = new ArrayList<>();
    for (int i = 0; i < outcomes.length; i++) {
      expected.add(new Expected(outcomes[i], encoded[i]));
    }
    return new Row(number, value, expected);
  }

  private static String expand(String text) {
    String out = text;
    for (Map.Entry<String, String> character : CHARACTERS.entrySet()) {
      out = out.replace(character.getKey(), character.getValue());
    }
    return REPETITION
        .matcher(out)
        .replaceAll(m -> Matcher.quoteReplacement(m.group(2).repeat(Integer.parseInt(m.group(1)))));
  }
}
