package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;
import net.conmgmt.sip.internal.keepalive.Negotiation.Outcome;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NegotiationTest {

  private static List<MsKeepAliveHeader> headers(String... values) {
    String[] lines =
        Stream.of(values).map(value -> "Ms-Keep-Alive: " + value).toArray(String[]::new);
    return MsKeepAliveHeaders.in(Sip.request("OPTIONS", 1, lines));
  }

  private static Outcome decided(int status, String... values) {
    return Negotiation.decide(status, headers(values)).outcome();
  }

  private static Outcome judged(String... values) {
    return Negotiation.judgeOffer(headers(values));
  }

  @Test
  @Requirement("CLI-5")
  void aCompleteAnswerSucceedsWithItsTAndTwoThirdsOfIt() {
    assertThat(
            Negotiation.decide(200, headers("UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300")))
        .isEqualTo(new Negotiation.Decision(Outcome.SUCCEEDED, 300, 200));
    assertThat(Negotiation.decide(202, headers("UAS;hop-hop=yes;timeout=1")))
        .isEqualTo(new Negotiation.Decision(Outcome.SUCCEEDED, 1, 1));
    assertThat(Negotiation.decide(299, headers("UAS;hop-hop=yes;timeout=99999999999999999999")))
        .isEqualTo(new Negotiation.Decision(Outcome.SUCCEEDED, Integer.MAX_VALUE, 1_431_655_764));
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 302, 399, 400, 401, 407, 500, 503, 603, 699})
  @Requirement("CLI-3")
  void anyFinalResponseThatIsNoSuccessFailsEvenWithAnAnswerInIt(int status) {
    assertThat(decided(status, "UAS;hop-hop=yes;timeout=300")).isEqualTo(Outcome.NOT_SUCCESSFUL);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 180, 199})
  void aProvisionalResponseDecidesNothing(int status) {
    assertThat(decided(status, "UAS;hop-hop=yes;timeout=300")).isEqualTo(Outcome.OPEN);
  }

  @Test
  @Requirement("CLI-4")
  void aSuccessWithoutTheHeaderOrWithAMirroredOneFails() {
    assertThat(decided(200)).isEqualTo(Outcome.ABSENT);
    assertThat(decided(200, "UAC;hop-hop=yes")).isEqualTo(Outcome.MIRRORED);
    assertThat(decided(200, "UAC;hop-hop=yes;timeout=300")).isEqualTo(Outcome.MIRRORED);
  }

  @Test
  @Requirement("CLI-5")
  void anAnswerWithoutACommonMechanismFails() {
    assertThat(decided(200, "UAS;timeout=300")).isEqualTo(Outcome.NO_COMMON_MECHANISM);
    assertThat(decided(200, "UAS;hop-hop=no;timeout=300")).isEqualTo(Outcome.NO_COMMON_MECHANISM);
    assertThat(decided(200, "UAS;end-end=yes;tcp=yes;timeout=300"))
        .isEqualTo(Outcome.NO_COMMON_MECHANISM);
  }

  @Test
  @Requirement("CLI-5")
  void anAnswerWithoutATimeoutOrWithNothingToKeepAliveFails() {
    assertThat(decided(200, "UAS;hop-hop=yes")).isEqualTo(Outcome.NO_TIMEOUT);
    assertThat(decided(200, "UAS;hop-hop=yes;timeout=0")).isEqualTo(Outcome.ZERO_TIMEOUT);
  }

  @Test
  @Requirement("CLI-6")
  void moreThanOneHeaderFailsWhateverTheySay() {
    assertThat(decided(200, "UAS;hop-hop=yes;timeout=300", "UAS;hop-hop=yes;timeout=300"))
        .isEqualTo(Outcome.REPEATED);
    assertThat(decided(200, "UAS;hop-hop=yes;timeout=300", "nonsense")).isEqualTo(Outcome.REPEATED);
  }

  @Test
  void aMalformedAnswerOrOfferIsNone() {
    assertThat(decided(200, "UAS;hop-hop=yes;timeout=-5")).isEqualTo(Outcome.MALFORMED);
    assertThat(judged("UAX;hop-hop=yes")).isEqualTo(Outcome.MALFORMED);
  }

  @Test
  @Requirement("SRV-2")
  void theFirstHeaderOfARequestCountsAlone() {
    assertThat(judged("UAC;hop-hop=yes", "UAS;hop-hop=no")).isEqualTo(Outcome.SUCCEEDED);
    assertThat(judged("UAC;hop-hop=no", "UAC;hop-hop=yes")).isEqualTo(Outcome.NO_COMMON_MECHANISM);
    assertThat(judged("nonsense", "UAC;hop-hop=yes")).isEqualTo(Outcome.MALFORMED);
  }

  @Test
  @Requirement("SRV-3")
  void onlyAnOfferOfHopByHopByTheUacIsAccepted() {
    assertThat(judged("UAC;hop-hop=yes")).isEqualTo(Outcome.SUCCEEDED);
    assertThat(judged("UAC;end-end=yes;tcp=yes;other=yes;hop-hop=yes"))
        .isEqualTo(Outcome.SUCCEEDED);
    assertThat(judged("UAS;hop-hop=yes")).isEqualTo(Outcome.NOT_AN_OFFER);
    assertThat(judged("UAC")).isEqualTo(Outcome.NO_COMMON_MECHANISM);
    assertThat(judged("UAC;end-end=yes;tcp=yes;other=yes")).isEqualTo(Outcome.NO_COMMON_MECHANISM);
    assertThat(judged()).isEqualTo(Outcome.ABSENT);
  }

  @Test
  @Requirement("SRV-6")
  void theExpiryTimeSaturates() {
    assertThat(Negotiation.expirySeconds(300, 32)).isEqualTo(332);
    assertThat(Negotiation.expirySeconds(Integer.MAX_VALUE, 32)).isEqualTo(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @EnumSource(Outcome.class)
  void everyOutcomeNamesItsSection(Outcome outcome) {
    assertThat(outcome.text()).matches(".*\\(\\[MS-CONMGMT] \\d(\\.\\d)+(, \\d(\\.\\d)+)*\\)");
  }
}
