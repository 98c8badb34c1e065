package net.conmgmt.interop;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** Requests as text, for peers that are played byte by byte. */
final class RawRequest {

  private static final AtomicLong NUMBER = new AtomicLong();

  private RawRequest() {}

  /** A REGISTER of that user of contoso.test, with further header lines. */
  static String register(String user, String... lines) {
    String[] all = new String[lines.length + 2];
    System.arraycopy(lines, 0, all, 2, lines.length);
    all[0] = "Contact: <sip:" + user + "@192.0.2.7:9;transport=tcp>";
    all[1] = "Expires: 600";
    return of("REGISTER", "sip:contoso.test", user, user, "", all);
  }

  /** A MESSAGE between two users of contoso.test. */
  static String message(String from, String to, String text) {
    return of("MESSAGE", "sip:" + to + "@contoso.test", from, to, text, "Content-Type: text/plain");
  }

  /** Any request. */
  static String of(
      String method, String uri, String from, String to, String body, String... lines) {
    long number = NUMBER.incrementAndGet();
    StringBuilder text = new StringBuilder();
    text.append(method).append(' ').append(uri).append(" SIP/2.0\r\n");
    text.append("Via: SIP/2.0/TCP 192.0.2.7:9;rport;branch=z9hG4bKraw").append(number);
    text.append("\r\nMax-Forwards: 70\r\nFrom: <sip:").append(from);
    text.append("@contoso.test>;tag=").append(from).append("\r\nTo: <sip:").append(to);
    text.append("@contoso.test>\r\nCall-ID: raw-").append(number).append("\r\nCSeq: ");
    text.append(number).append(' ').append(method).append("\r\n");
    for (String line : lines) {
      text.append(line).append("\r\n");
    }
    text.append("Content-Length: ").append(body.getBytes(StandardCharsets.UTF_8).length);
    return text.append("\r\n\r\n").append(body).toString();
  }
}
