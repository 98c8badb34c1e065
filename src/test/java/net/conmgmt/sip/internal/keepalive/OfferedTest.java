package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For how long a REGISTER and its success keep a registration. */
class OfferedTest {

  private static final String CONTACT = "Contact: <sip:127.0.0.1:49729>";

  private static Offered of(String... lines) {
    return Offered.of(Sip.request("REGISTER", 1, lines));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 3600",
    "'Expires: 600', 600",
    "'Expires: 0', 0",
  })
  void aRegisterAsksForAnHourUnlessItSaysOtherwise(String line, int seconds) {
    Offered offered = line.isEmpty() ? of(CONTACT) : of(CONTACT, line);
    assertThat(offered.registers()).isTrue();
    assertThat(offered.seconds()).isEqualTo(seconds);
  }

  @Test
  void theTimeOfAContactCountsMoreThanThatOfTheWholeRequest() {
    assertThat(of(CONTACT + ";expires=60", "Expires: 600").seconds()).isEqualTo(60);
    assertThat(of(CONTACT + ";expires=0", "Expires: 600").seconds()).isZero();
  }

  @Test
  void theFirstContactThatIsNotTakenBackIsTheOneThatIsKept() {
    Offered offered =
        of("Contact: <sip:127.0.0.1:1>;expires=0", "Contact: <sip:127.0.0.1:2>", "Expires: 600");
    assertThat(offered.contact()).isEqualTo("sip:127.0.0.1:2");
    assertThat(offered.seconds()).isEqualTo(600);
  }

  @Test
  void aQueryAndTheWildcardRegisterNothing() {
    assertThat(of()).isEqualTo(new Offered(true, null, 0));
    assertThat(of("Contact: *", "Expires: 0")).isEqualTo(new Offered(true, null, 0));
    assertThat(Offered.of(Sip.request("OPTIONS", 1, CONTACT)).registers()).isFalse();
  }

  @Test
  void theSuccessSaysForHowLongWithTheSameContactOrElseForAllOrElseItIsAsAskedFor() {
    SIPRequest request = Sip.request("REGISTER", 1, CONTACT, "Expires: 600");
    Offered offered = Offered.of(request);
    assertThat(offered.secondsGranted(Sip.response(200, request))).isEqualTo(600);
    assertThat(offered.secondsGranted(Sip.response(200, request, "Expires: 90"))).isEqualTo(90);
    String other = "Contact: <sip:127.0.0.1:7>;expires=10";
    assertThat(
            offered.secondsGranted(
                Sip.response(200, request, other, CONTACT + ";expires=30", "Expires: 90")))
        .isEqualTo(30);
    assertThat(offered.secondsGranted(Sip.response(200, request, other, "Expires: 90")))
        .isEqualTo(90);
    assertThat(offered.secondsGranted(Sip.response(200, request, "Contact: *", "Expires: 90")))
        .isEqualTo(90);
  }

  @Test
  void whatWasTakenBackIsGrantedNothingWhateverTheSuccessSays() {
    SIPRequest request = Sip.request("REGISTER", 1, CONTACT, "Expires: 0");
    assertThat(Offered.of(request).secondsGranted(Sip.response(200, request, "Expires: 90")))
        .isZero();
  }
}
