package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import net.conmgmt.sip.internal.keepalive.RegisterRequest.Effect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a REGISTER does to a binding, and for how long its success binds. */
class RegisterRequestTest {

  private static final String CONTACT = "Contact: <sip:127.0.0.1:49729>";

  private static RegisterRequest of(String... lines) {
    RegisterRequest register = RegisterRequest.of(Sip.request("REGISTER", 1, lines), null, 0);
    if (register == null) {
      throw new AssertionError("Not read");
    }
    return register;
  }

  @ParameterizedTest
  @CsvSource({
    "'', BINDS",
    "';expires=60', BINDS",
    "';expires=0', UNBINDS",
    "';expires=00', UNBINDS",
    "';expires=010', BINDS"
  })
  void aContactIsBoundUnlessItsTimeIsZero(String parameter, Effect effect) {
    assertThat(of(CONTACT + parameter).effect()).isEqualTo(effect);
  }

  @Test
  void onlyARegisterThatNamesSomebodyIsOne() {
    assertThat(RegisterRequest.of(Sip.request("OPTIONS", 1), null, 0)).isNull();
    SIPRequest nobody = Sip.register(1);
    nobody.removeHeader("To");
    assertThat(RegisterRequest.of(nobody, null, 0)).isNull();
  }

  @Test
  void theContactThatIsBoundIsTheFirstThatIsNotTakenBack() {
    assertThat(of("Contact: <sip:127.0.0.1:1>;expires=0", CONTACT).contactUri())
        .isEqualTo("sip:127.0.0.1:49729");
    assertThat(of("Contact: <sip:127.0.0.1:1>;expires=0").contactUri()).isEmpty();
    assertThat(of().effect()).isEqualTo(Effect.QUERIES);
    assertThat(of().contactUri()).isEmpty();
  }

  @Test
  void theSuccessSaysForHowLongWithTheSameContactOrElseForAllOrElseItIsAnHour() {
    SIPRequest request = Sip.request("REGISTER", 1, CONTACT);
    RegisterRequest register = of(CONTACT);
    String other = "Contact: <sip:127.0.0.1:7>;expires=10";
    assertThat(register.lifetimeSeconds(Sip.response(200, request))).isEqualTo(3_600);
    assertThat(register.lifetimeSeconds(Sip.response(200, request, "Expires: 0"))).isEqualTo(3_600);
    assertThat(register.lifetimeSeconds(Sip.response(200, request, "Expires: 90"))).isEqualTo(90);
    assertThat(
            register.lifetimeSeconds(
                Sip.response(200, request, other, CONTACT + ";expires=30", "Expires: 90")))
        .isEqualTo(30);
    assertThat(register.lifetimeSeconds(Sip.response(200, request, other, CONTACT, "Expires: 90")))
        .isEqualTo(90);
    assertThat(
            register.lifetimeSeconds(
                Sip.response(200, request, CONTACT + ";expires=0", "Expires: 90")))
        .isEqualTo(90);
  }
}
