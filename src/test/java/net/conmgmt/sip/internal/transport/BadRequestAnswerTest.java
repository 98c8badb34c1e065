package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BadRequestAnswerTest {

  private static @Nullable String answerTo(String head) {
    ByteBuffer answer =
        BadRequestAnswer.to(head.getBytes(StandardCharsets.UTF_8), "400 Bad Request");
    return answer == null ? null : StandardCharsets.UTF_8.decode(answer).toString();
  }

  private static String message(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  @Test
  void theAnswerHasTheLinesThatFindTheTransactionAndATagOfItsOwn() {
    assertThat(
            answerTo(
                message(
                    "OPTIONS sip:a@b SIP/2.0",
                    "Via: SIP/2.0/TCP x;branch=z9hG4bK1",
                    "v: SIP/2.0/TCP y",
                    " ;branch=z9hG4bK2",
                    "Subject: hello",
                    "f: <sip:a@b>;tag=1",
                    "TO : <sip:c@d>",
                    "i: 7",
                    "CSeq: x OPTIONS")))
        .isEqualTo(
            message(
                "SIP/2.0 400 Bad Request",
                "Via: SIP/2.0/TCP x;branch=z9hG4bK1",
                "Via: SIP/2.0/TCP y ;branch=z9hG4bK2",
                "From: <sip:a@b>;tag=1",
                "To: <sip:c@d>;tag=bad-request",
                "Call-ID: 7",
                "CSeq: x OPTIONS",
                "Content-Length: 0"));
  }

  @Test
  void aTagThatIsThereStays() {
    assertThat(
            answerTo(
                message(
                    "BYE sip:a@b SIP/2.0",
                    "Via: v",
                    "From: f",
                    "To: <sip:c@d>;Tag=9",
                    "Call-ID: 7",
                    "CSeq: 1 BYE")))
        .contains("To: <sip:c@d>;Tag=9\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ACK sip:a@b SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: 7\r\nCSeq: 1 ACK\r\n\r\n",
        "SIP/2.0 200 OK\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: 7\r\nCSeq: 1 BYE\r\n\r\n",
        "GET / HTTP/1.1\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: 7\r\nCSeq: 1 BYE\r\n\r\n",
        "BYE sip:a@b SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCSeq: 1 BYE\r\n\r\n",
        "BYE sip:a@b SIP/2.0\r\nFrom: f\r\nTo: t\r\nCall-ID: 7\r\nCSeq: 1 BYE\r\n\r\n",
        "\r\n"
      })
  void noAnswerIsDueToAnythingButARequestThatSaysWhomToAnswer(String head) {
    assertThat(answerTo(head)).isNull();
  }
}
