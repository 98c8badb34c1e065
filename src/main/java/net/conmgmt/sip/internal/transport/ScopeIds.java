package net.conmgmt.sip.internal.transport;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Takes the scope ids of link-local addresses out of a message that leaves, for the reason that
 * {@link LinkLocal} gives. Stateless.
 */
final class ScopeIds {

  private static final Pattern SCOPE_IN_HEADER =
      Pattern.compile(
          "(\\[[0-9a-f:.]++|;\\s*received\\s*=\\s*[0-9a-f:.]++)%[^]\\s;,>?]*+",
          Pattern.CASE_INSENSITIVE);

  /** A call is known by every byte of it. */
  private static final Pattern WITH_CALL_ID =
      Pattern.compile("(Call-ID|i|In-Reply-To|Replaces|Join|Target-Dialog)\\s*:.*", flags());

  private static final Pattern AFTER_LINE = Pattern.compile("(?<=\r\n)");

  private ScopeIds() {}

  private static int flags() {
    return Pattern.CASE_INSENSITIVE | Pattern.DOTALL;
  }

  /** The message without those in its header section; the same array if there are none. */
  static byte[] removedFrom(byte[] message) {
    int percent = -1;
    int end = 0;
    for (int i = 0; i < message.length && end == 0; i++) {
      if (message[i] == '%') {
        percent = i;
      } else if (message[i] == '\n' && i >= 3 && message[i - 2] == '\n') {
        end = i + 1;
      }
    }
    if (percent < 0) {
      return message;
    }
    int headBytes = end == 0 ? message.length : end;
    String head = new String(message, 0, headBytes, StandardCharsets.ISO_8859_1);
    byte[] start =
        AFTER_LINE
            .splitAsStream(head)
            .map(
                line ->
                    WITH_CALL_ID.matcher(line).matches()
                        ? line
                        : SCOPE_IN_HEADER.matcher(line).replaceAll("$1"))
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = new byte[start.length + message.length - headBytes];
    System.arraycopy(start, 0, whole, 0, start.length);
    System.arraycopy(message, headBytes, whole, start.length, message.length - headBytes);
    return whole;
  }
}
