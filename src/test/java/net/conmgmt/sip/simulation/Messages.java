package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.header.ExtensionHeaderImpl;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import javax.sip.header.ExtensionHeader;
import org.jspecify.annotations.Nullable;

/** The messages of a world: each has a number of its own, and a body that shows what is missing. */
final class Messages {

  private static final String ID = "X-Id";

  private long next = 1;

  /** Who asks whom for what. */
  record Asked(
      String method, String user, String device, String callId, int sequence, String via) {}

  SIPRequest request(Asked asked, String moreHeaders, int bodyBytes) {
    long id = next++;
    String uri = "sip:" + asked.user + "@contoso.test";
    String head =
        asked.method
            + (asked.method.equals("REGISTER") ? " sip:contoso.test" : " " + uri)
            + " SIP/2.0\r\nX-Id: "
            + id
            + "\r\nVia: SIP/2.0/"
            + asked.via
            + ";branch=z9hG4bK"
            + id
            + "\r\nMax-Forwards: 70\r\nFrom: <"
            + uri
            + ">;tag=t"
            + asked.sequence
            + ";epid="
            + asked.device
            + "\r\nTo: <"
            + uri
            + ">\r\nCall-ID: "
            + asked.callId
            + "\r\nCSeq: "
            + asked.sequence
            + " "
            + asked.method
            + "\r\n"
            + moreHeaders
            + "Content-Length: "
            + bodyBytes
            + "\r\n\r\n";
    try {
      SIPMessage message =
          new StringMsgParser()
              .parseSIPMessage(head.getBytes(StandardCharsets.UTF_8), false, false, null);
      if (bodyBytes > 0) {
        message.setMessageContent(body(id, bodyBytes));
      }
      return (SIPRequest) message;
    } catch (ParseException e) {
      throw new IllegalStateException(head, e);
    }
  }

  SIPResponse response(SIPRequest request, int status, String moreHeaders) {
    SIPResponse response = request.createResponse(status);
    ExtensionHeaderImpl id = new ExtensionHeaderImpl(ID);
    id.setValue(String.valueOf(next++));
    response.setHeader(id);
    for (String line : moreHeaders.split("\r\n", -1)) {
      if (!line.isEmpty()) {
        try {
          response.setHeader(StringMsgParser.parseSIPHeader(line));
        } catch (ParseException e) {
          throw new IllegalStateException(line, e);
        }
      }
    }
    return response;
  }

  /** The number of a message; 0 where it has none. */
  static long idOf(SIPMessage message) {
    return message.getHeader(ID) instanceof ExtensionHeader header
        ? Long.parseLong(header.getValue().trim())
        : 0;
  }

  /** What is wrong with the body, or null. */
  static @Nullable String faultOf(SIPMessage message) {
    byte[] found = message.getRawContent();
    int expected =
        message.getContentLength() == null ? 0 : message.getContentLength().getContentLength();
    int length = found == null ? 0 : found.length;
    if (length != expected) {
      return "has a body of " + length + " bytes and says " + expected;
    }
    if (found == null || found.length == 0) {
      return null;
    }
    byte[] right = body(idOf(message), found.length);
    for (int i = 0; i < found.length; i++) {
      if (found[i] != right[i]) {
        return "has another byte at " + i + " of its body";
      }
    }
    return null;
  }

  /** Has what a framer must not look at: line ends and what looks like a message. */
  private static byte[] body(long id, int length) {
    byte[] body = new byte[length];
    byte[] trap = "\r\n\r\nSIP/2.0 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < length; i++) {
      body[i] = (i & 64) == 0 ? (byte) (id * 31 + i) : trap[i % trap.length];
    }
    return body;
  }
}
