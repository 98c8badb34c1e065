package net.conmgmt.sip.internal.framing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CallIdScanTest {

  private static long callOf(String start, String... lines) {
    String head = start + "\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
    return CallIdScan.callOf(head.getBytes(StandardCharsets.UTF_8));
  }

  private static final String REQUEST = "OPTIONS sip:a@b SIP/2.0";

  @Test
  void aCallIsTheSameHoweverItsHeaderIsWritten() {
    long call = callOf(REQUEST, "Via: x", "Call-ID: a@b");
    assertThat(call).isEven().isNotZero();
    assertThat(callOf("BYE sip:x SIP/2.0", "i:a@b")).isEqualTo(call);
    assertThat(callOf(REQUEST, "CALL-id \t:  a@b ", "Call-ID: other")).isEqualTo(call);
    assertThat(callOf(REQUEST, "Call-ID:", "\ta@b")).isEqualTo(call);
    assertThat(callOf("SIP/2.0 200 OK", "Call-ID: a@b")).isEqualTo(call + 1);
  }

  @Test
  void anotherCallHasAnotherNumber() {
    long call = callOf(REQUEST, "Call-ID: a@b");
    assertThat(callOf(REQUEST, "Call-ID: a@c")).isNotEqualTo(call);
    assertThat(callOf(REQUEST, "Call-IDs: a@b", "Via: Call-ID: a@b")).isNotEqualTo(call);
    assertThat(callOf(REQUEST)).isEven().isNotZero();
  }
}
