package net.conmgmt.samples.testing;

import java.text.ParseException;
import javax.sip.PeerUnavailableException;
import javax.sip.message.Request;
import net.conmgmt.samples.sip.Sip;

/** Requests for tests, as text. */
public final class Requests {

  private Requests() {}

  public static Request register(String user, String... headers)
      throws ParseException, PeerUnavailableException {
    return request("REGISTER", "sip:contoso.test", user, headers);
  }

  public static Request request(String method, String uri, String user, String... headers)
      throws ParseException, PeerUnavailableException {
    String aor = "<sip:" + user + "@contoso.test>";
    StringBuilder text = new StringBuilder();
    text.append(method).append(' ').append(uri).append(" SIP/2.0\r\n");
    text.append("Via: SIP/2.0/TCP 127.0.0.1:4000;branch=z9hG4bK1\r\n");
    text.append("From: ").append(aor).append(";tag=1\r\nTo: ").append(aor).append("\r\n");
    text.append("Call-ID: c@test\r\nCSeq: 1 ").append(method).append("\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    text.append("Content-Length: 0\r\n\r\n");
    return new Sip().messages.createRequest(text.toString());
  }
}
