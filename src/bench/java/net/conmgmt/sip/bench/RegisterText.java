package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * The REGISTER requests of one user as bytes. No two have the same branch, by which the RI knows a
 * repetition. Thread-safe.
 */
final class RegisterText {

  /** Ten digits that nothing else in the text is. */
  private static final String NUMBER = "0000000000";

  private static final int FIRST_NUMBER = 1_000_000_000;

  private RegisterText() {}

  /** One request, to be numbered by {@link #put}. */
  static byte[] of(int user, boolean offer) {
    return of(user, offer, "TCP");
  }

  /** The same over that transport. */
  static byte[] of(int user, boolean offer, String transport) {
    return """
        REGISTER sip:contoso.test SIP/2.0
        Via: SIP/2.0/%4$s 127.0.0.1:5999;branch=z9hG4bK%1$su%2$s
        From: <sip:user%1$s@contoso.test>;tag=t%1$s;epid=e%1$s
        To: <sip:user%1$s@contoso.test>
        Call-ID: c%1$s@127.0.0.1
        CSeq: %2$s REGISTER
        Max-Forwards: 70
        Contact: <sip:user%1$s@127.0.0.1:5999;transport=%4$s>
        Expires: 600
        %3$sContent-Length: 0

        """
        .formatted(
            Integer.toString(user),
            NUMBER,
            offer ? "Ms-Keep-Alive: UAC;hop-hop=yes\n" : "",
            transport)
        .replace("\n", "\r\n")
        .getBytes(US_ASCII);
  }

  /** Appends the request under that number. */
  static void put(byte[] request, int number, ByteBuffer out) {
    int run = 0;
    for (int i = 0; i < request.length; i++) {
      run = request[i] >= '0' && request[i] <= '9' ? run + 1 : 0;
      if (run == NUMBER.length()) {
        int rest = FIRST_NUMBER + number;
        for (int at = i; at > i - run; at--) {
          request[at] = (byte) ('0' + rest % 10);
          rest /= 10;
        }
        run = 0;
      }
    }
    out.put(request);
  }
}
