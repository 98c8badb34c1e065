package net.conmgmt.sip.header;

/**
 * Walks the parameters of a text whose grammar is known to be right, without copying anything.
 * White space round the separators is stepped over. Not thread-safe.
 */
final class ParameterCursor {

  private final String text;
  private final int end;
  private int at;
  private int nameStart;
  private int nameEnd;
  private int valueStart;
  private int valueEnd;

  /** Walks [from, end) of {@code text}; {@code from} is where the role ends. */
  ParameterCursor(String text, int from, int end) {
    this.text = text;
    this.at = from;
    this.end = end;
  }

  /** Goes to the next parameter; false when there is none. */
  boolean advance() {
    skipSpace();
    if (at >= end || text.charAt(at) != ';') {
      return false;
    }
    at++;
    skipSpace();
    nameStart = at;
    while (at < end && Grammar.isToken(text.charAt(at))) {
      at++;
    }
    nameEnd = at;
    skipSpace();
    valueStart = -1;
    valueEnd = -1;
    if (at < end && text.charAt(at) == '=') {
      at++;
      skipSpace();
      valueStart = at;
      skipValue();
      valueEnd = at;
    }
    return true;
  }

  private void skipValue() {
    if (text.charAt(at) == '"') {
      at++;
      while (text.charAt(at) != '"') {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
      at++;
      return;
    }
    while (at < end && text.charAt(at) != ';' && !Grammar.isSpace(text.charAt(at))) {
      at++;
    }
  }

  private void skipSpace() {
    while (at < end && Grammar.isSpace(text.charAt(at))) {
      at++;
    }
  }

  /** Goes to the parameter of this name, in any letter case; false when there is none. */
  boolean find(String name) {
    while (advance()) {
      if (isNamed(name)) {
        return true;
      }
    }
    return false;
  }

  boolean isNamed(String name) {
    return Grammar.isWord(text, nameStart, nameEnd, name);
  }

  /** Whether the name is that of the range [from, to) of the same text. */
  boolean isNamedLike(int from, int to) {
    return to - from == nameEnd - nameStart
        && text.regionMatches(true, from, text, nameStart, to - from);
  }

  boolean hasValue() {
    return valueStart >= 0;
  }

  boolean isQuoted() {
    return hasValue() && text.charAt(valueStart) == '"';
  }

  boolean isValue(String word) {
    return hasValue() && Grammar.isWord(text, valueStart, valueEnd, word);
  }

  String name() {
    return text.substring(nameStart, nameEnd);
  }

  /** The value as it stands, quotes included; empty when there is none. */
  String rawValue() {
    return hasValue() ? text.substring(valueStart, valueEnd) : "";
  }

  /** The value without quotes; empty when there is none. */
  String value() {
    return isQuoted() ? text.substring(valueStart + 1, valueEnd - 1) : rawValue();
  }

  /** Appends the parameter with its semicolon and without white space. */
  void appendTo(StringBuilder out) {
    out.append(';').append(text, nameStart, nameEnd);
    if (hasValue()) {
      out.append('=').append(text, valueStart, valueEnd);
    }
  }
}
