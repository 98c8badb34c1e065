package net.conmgmt.sip.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BadRequestAnswerTest {

  private static @Nullable String answerTo(String head) {
    ByteBuffer answer = BadRequestAnswer.to(head.getBytes(StandardCharsets.UTF_8));
    return answer == null ? null : StandardCharsets.UTF_8.decode(answer).toString();
  }

  @Test
  void theAnswerHasTheLinesThatFindTheTransactionAndATagOfItsOwn() {
    assertThat(
            answerTo(
                "OPTIONS sip:a@b SIP/2.0\r\n"
                    + "Via: SIP/2.0/TCP x;branch=z9hG4bK1\r\n"
                    + "v: SIP/2.0/TCP y\r\n ;branch=z9hG4bK2\r\n"
                    + "Subject: hello\r\n"
                    + "f: <sip:a@b>;tag=1\r\nTO : <sip:c@d>\r\ni: 7\r\nCSeq: x OPTIONS\r\n\r\n"))
        .isEqualTo(
            "SIP/2.0 400 Bad Request\r\n"
                + "Via: SIP/2.0/TCP x;branch=z9hG4bK1\r\n"
                + "Via: SIP/2.0/TCP y ;branch=z9hG4bK2\r\n"
                + "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=bad-request\r\nCall-ID: 7\r\n"
                + "CSeq: x OPTIONS\r\nContent-Length: 0\r\n\r\n");
  }

  @Test
  void aTagThatIsThereStays() {
    assertThat(
            answerTo(
                "BYE sip:a@b SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: <sip:c@d>;Tag=9\r\nCall-ID: 7\r\n"
                    + "CSeq: 1 BYE\r\n\r\n"))
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
