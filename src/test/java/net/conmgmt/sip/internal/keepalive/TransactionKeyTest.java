package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionKeyTest {

  private static final String UNIQUE = "z9hG4bKaB1";

  private static SIPMessage message(
      String firstLine, String branch, String callId, String tag, String cseq) {
    return Sip.parse(
        firstLine,
        List.of(
            "Via: SIP/2.0/TCP 127.0.0.1:12345" + (branch.isEmpty() ? "" : ";branch=" + branch),
            "From: <sip:alice@contoso.com>" + (tag.isEmpty() ? "" : ";tag=" + tag),
            "To: <sip:alice@contoso.com>;tag=2",
            "Call-ID: " + callId,
            "CSeq: " + cseq));
  }

  private static TransactionKey keyOf(String branch, String callId, String tag, String cseq) {
    TransactionKey key =
        TransactionKey.of(message("OPTIONS sip:contoso.com SIP/2.0", branch, callId, tag, cseq));
    if (key == null) {
      throw new AssertionError("No key for " + branch);
    }
    return key;
  }

  private static SIPMessage ok(String branch, String callId, String tag, String cseq) {
    return message("SIP/2.0 200 OK", branch, callId, tag, cseq);
  }

  @Test
  void aUniqueBranchAloneNamesTheTransactionWhateverItsCase() {
    TransactionKey key = keyOf(UNIQUE, "call", "1", "1 OPTIONS");
    assertThat(key.isOf(ok("Z9HG4BKAb1", "other", "9", "1 OPTIONS"))).isTrue();
    assertThat(key.isOf(ok("z9hG4bKaB2", "call", "1", "1 OPTIONS"))).isFalse();
    assertThat(key.isOf(ok("", "call", "1", "1 OPTIONS"))).isFalse();
  }

  @Test
  void withoutAUniqueBranchCallIdAndFromTagNameItWhateverTheBranchOfTheResponse() {
    for (String branch : List.of("", "1")) {
      TransactionKey key = keyOf(branch, "call", "1", "1 OPTIONS");
      assertThat(key.isOf(ok(branch, "call", "1", "1 OPTIONS"))).isTrue();
      assertThat(key.isOf(ok(UNIQUE, "call", "1", "1 OPTIONS"))).isTrue();
      assertThat(key.isOf(ok(branch, "CALL", "1", "1 OPTIONS"))).isFalse();
      assertThat(key.isOf(ok(branch, "call", "2", "1 OPTIONS"))).isFalse();
      assertThat(key.isOf(ok(branch, "call", "", "1 OPTIONS"))).isFalse();
    }
    assertThat(keyOf("", "call", "", "1 OPTIONS").isOf(ok("", "call", "", "1 OPTIONS"))).isTrue();
  }

  @Test
  void theSequenceNumberAndTheMethodCountInAnyCase() {
    for (String branch : List.of("", UNIQUE)) {
      TransactionKey key = keyOf(branch, "call", "1", "1 OPTIONS");
      assertThat(key.isOf(ok(branch, "call", "1", "2 OPTIONS"))).isFalse();
      assertThat(key.isOf(ok(branch, "call", "1", "1 INFO"))).isFalse();
    }
  }

  @Test
  void whatAPeerMadeTooLongIsNotRemembered() {
    String longest = UNIQUE + "b".repeat(512 - UNIQUE.length());
    String firstLine = "OPTIONS sip:contoso.com SIP/2.0";
    assertThat(TransactionKey.of(message(firstLine, longest, "c", "1", "1 OPTIONS"))).isNotNull();
    assertThat(TransactionKey.of(message(firstLine, longest + "b", "c", "1", "1 OPTIONS")))
        .isNull();
    assertThat(TransactionKey.of(message(firstLine, "", "c".repeat(513), "1", "1 OPTIONS")))
        .isNull();
  }
}
