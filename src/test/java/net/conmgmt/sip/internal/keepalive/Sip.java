package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaderRegistration;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;

/** Messages as they come off the wire, parsed by the RI. */
final class Sip {

  static final String OFFER = "Ms-Keep-Alive: UAC;hop-hop=yes";
  static final String ANSWER = "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300";

  private Sip() {}

  /** A request of alice's desk; the extra lines may bring a Contact. */
  static SIPRequest request(String method, int cseq, String... extraLines) {
    return (SIPRequest)
        parse(
            method + " sip:contoso.com SIP/2.0",
            List.of(
                "Via: SIP/2.0/TCP 127.0.0.1:12345;branch=z9hG4bKbranch" + cseq,
                "From: <sip:alice@contoso.com>;tag=cf67;epid=desk",
                "To: <sip:alice@contoso.com>",
                "Call-ID: call@127.0.0.1",
                "CSeq: " + cseq + " " + method,
                "Max-Forwards: 70"),
            extraLines);
  }

  /** A REGISTER that binds a contact. */
  static SIPRequest register(int cseq, String... extraLines) {
    SIPRequest request = request("REGISTER", cseq, extraLines);
    if (request.getContactHeaders() == null) {
      request.setHeader(
          request("REGISTER", cseq, "Contact: <sip:127.0.0.1:49729>").getContactHeaders());
    }
    return request;
  }

  /** A response to a request, with its Via, From, To, Call-ID and CSeq. */
  static SIPResponse response(int status, SIPRequest request, String... extraLines) {
    return (SIPResponse)
        parse(
            "SIP/2.0 " + status + " Text",
            List.of(
                request.getViaHeaders().encode().trim(),
                request.getFrom().toString().trim(),
                request.getTo().toString().trim() + ";tag=5B9D",
                request.getCallId().toString().trim(),
                request.getCSeq().toString().trim()),
            extraLines);
  }

  static SIPMessage parse(String firstLine, List<String> lines, String... extraLines) {
    MsKeepAliveHeaderRegistration.ensureRegistered();
    StringBuilder text = new StringBuilder(firstLine).append("\r\n");
    lines.forEach(line -> text.append(line).append("\r\n"));
    for (String line : extraLines) {
      text.append(line).append("\r\n");
    }
    text.append("Content-Length: 0\r\n\r\n");
    try {
      SIPMessage message =
          new StringMsgParser()
              .parseSIPMessage(text.toString().getBytes(StandardCharsets.UTF_8), true, false, null);
      if (message == null) {
        throw new AssertionError("Not parsed: " + text);
      }
      return message;
    } catch (ParseException e) {
      throw new AssertionError("Not parsed: " + text, e);
    }
  }

  /** The values of the Ms-Keep-Alive lines in the encoded message. */
  static List<String> keepAliveLines(SIPMessage message) {
    return message
        .encode()
        .lines()
        .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("ms-keep-alive"))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .toList();
  }

  static int headerCount(SIPMessage message) {
    return MsKeepAliveHeaders.in(message).size();
  }

  /** The topmost Via. */
  static String via(SIPRequest request) {
    return request.getTopmostVia().encode().strip();
  }

  /** A 200 with {@code keep=value} in Via, as the next hop gives it back. */
  static SIPResponse granting(int status, SIPRequest request, String value, String... lines) {
    SIPResponse response = response(status, request, lines);
    String encoded = response.encode().replace(";keep", ";keep" + value);
    return reparsed(encoded);
  }

  private static SIPResponse reparsed(String text) {
    String[] lines = text.trim().split("\r\n", -1);
    return (SIPResponse)
        parse(
            lines[0],
            List.of(lines).subList(1, lines.length).stream()
                .filter(line -> !line.startsWith("Content-Length"))
                .toList());
  }
}
