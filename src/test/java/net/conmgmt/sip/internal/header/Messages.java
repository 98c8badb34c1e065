package net.conmgmt.sip.internal.header;

import static java.nio.charset.StandardCharsets.UTF_8;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.text.ParseException;

/** Messages as the RI parses them from the wire. */
final class Messages {

  private Messages() {}

  static SIPMessage register(String... headerLines) throws ParseException {
    return parse(
        "REGISTER sip:contoso.com SIP/2.0\r\n"
            + "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
            + "From: <sip:alice@contoso.com>;tag=1\r\n"
            + "To: <sip:alice@contoso.com>\r\n"
            + "Call-ID: 1@contoso.com\r\n"
            + "CSeq: 1 REGISTER\r\n"
            + String.join("\r\n", headerLines)
            + (headerLines.length == 0 ? "" : "\r\n")
            + "Content-Length: 0\r\n\r\n");
  }

  static SIPMessage parse(String text) throws ParseException {
    return new StringMsgParser().parseSIPMessage(text.getBytes(UTF_8), true, false, null);
  }

  /** A message in a file of the test resources. */
  static SIPMessage sample(String name) throws ParseException {
    return parse(ValueTable.resource(name).replace("\n", "\r\n"));
  }

  /** What the stack would write. */
  static String wire(SIPMessage message) {
    return new String(message.encodeAsBytes("TCP"), UTF_8);
  }

  static <T> T throughSerialisation(T object) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      @SuppressWarnings("unchecked")
      T copy = (T) in.readObject();
      return copy;
    }
  }
}
