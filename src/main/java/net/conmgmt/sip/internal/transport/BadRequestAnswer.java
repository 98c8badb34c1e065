package net.conmgmt.sip.internal.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the 400 or 413 to a request that cannot be taken (RFC 3261 sections 8.2.6, 21.4.1 and
 * 21.4.11) from the lines by which the peer finds its transaction, as they were received.
 */
final class BadRequestAnswer {

  /** What a response takes over, by long and compact name. */
  private static final Map<String, String> COPIED =
      Map.of(
          "via", "Via", "v", "Via", "from", "From", "f", "From", "to", "To", "t", "To", "call-id",
          "Call-ID", "i", "Call-ID", "cseq", "CSeq");

  private static final String TAG = ";tag=bad-request";

  private BadRequestAnswer() {}

  /**
   * The answer, or null where none is due: to a response, to an ACK, or when the request does not
   * say whom to answer.
   *
   * @param head start line and header fields with the empty line at the end
   */
  static @Nullable ByteBuffer to(byte[] head, String status) {
    List<String> lines = unfolded(new String(head, StandardCharsets.UTF_8));
    String start = lines.get(0);
    if (!start.endsWith(" SIP/2.0") || start.startsWith("ACK ")) {
      return null;
    }
    StringBuilder answer = new StringBuilder("SIP/2.0 ").append(status).append("\r\n");
    List<String> missing = new ArrayList<>(List.of("Via", "From", "To", "Call-ID", "CSeq"));
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      String name =
          colon < 0 ? null : COPIED.get(line.substring(0, colon).trim().toLowerCase(Locale.ROOT));
      if (name == null || (!name.equals("Via") && !missing.contains(name))) {
        continue;
      }
      missing.remove(name);
      answer.append(name).append(':').append(line, colon + 1, line.length());
      if (name.equals("To") && !line.toLowerCase(Locale.ROOT).contains(";tag=")) {
        answer.append(TAG);
      }
      answer.append("\r\n");
    }
    return missing.isEmpty()
        ? ByteBuffer.wrap(
            answer.append("Content-Length: 0\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8))
        : null;
  }

  private static List<String> unfolded(String head) {
    List<String> lines = new ArrayList<>();
    for (String line : head.split("\r?\n", -1)) {
      boolean folded = !line.isEmpty() && (line.charAt(0) == ' ' || line.charAt(0) == '\t');
      if (folded && !lines.isEmpty()) {
        lines.set(lines.size() - 1, lines.get(lines.size() - 1) + ' ' + line.trim());
      } else {
        lines.add(line);
      }
    }
    return lines;
  }
}
