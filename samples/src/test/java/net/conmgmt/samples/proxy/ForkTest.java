package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Sip;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForkTest {

  private static Response response(int status) throws Exception {
    gov.nist.javax.sip.message.SIPResponse response = new gov.nist.javax.sip.message.SIPResponse();
    response.setStatusCode(status);
    return response;
  }

  private static @Nullable Integer finish(Fork fork, int status) throws Exception {
    Response chosen = fork.finished(response(status));
    return chosen == null ? null : chosen.getStatusCode();
  }

  @Test
  void theFirstSuccessGoesBackAtOnceAndNothingAfterIt() throws Exception {
    Fork fork = new Fork(4);
    assertThat(finish(fork, 486)).isNull();
    assertThat(finish(fork, 200)).isEqualTo(200);
    assertThat(finish(fork, 202)).isNull();
    assertThat(finish(fork, 486)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"480, 404, 480", "500, 404, 404", "486, 603, 603", "408, 500, 408"})
  void ofFailuresTheBestGoesBackWhenAllHaveAnswered(int first, int second, int best)
      throws Exception {
    Fork fork = new Fork(2);
    assertThat(finish(fork, first)).isNull();
    assertThat(finish(fork, second)).isEqualTo(best);
  }

  @Test
  void theChallengesOfAllDevicesGoBackTogether() throws Exception {
    Fork fork = new Fork(3);
    assertThat(fork.finished(challenge(407, "Proxy-Authenticate", "b"))).isNull();
    assertThat(finish(fork, 404)).isNull();
    Response best = Objects.requireNonNull(fork.finished(challenge(401, "WWW-Authenticate", "c")));
    assertThat(best.getStatusCode()).isEqualTo(407);
    assertThat(best.toString()).containsOnlyOnce("realm=\"b\"").containsOnlyOnce("realm=\"c\"");
  }

  @Test
  void aFailureThatIsNoChallengeCarriesNone() throws Exception {
    Fork fork = new Fork(2);
    assertThat(fork.finished(challenge(401, "WWW-Authenticate", "c"))).isNull();
    Response best = Objects.requireNonNull(fork.finished(response(603)));
    assertThat(best.toString()).doesNotContain("realm");
  }

  private static Response challenge(int status, String header, String realm) throws Exception {
    Response response = response(status);
    response.addHeader(
        new Sip().headers.createHeader(header, "Digest realm=\"" + realm + "\", nonce=\"n\""));
    return response;
  }

  @Test
  void theAnswerOfASingleDeviceGoesBack() throws Exception {
    assertThat(finish(new Fork(1), 503)).isEqualTo(503);
  }
}
