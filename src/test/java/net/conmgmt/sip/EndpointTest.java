package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {

  @ParameterizedTest
  @Requirement("OBP-4")
  @CsvSource({
    "sip:alice@contoso.com, sip:alice@contoso.com",
    "sip:alice@Contoso.com, sip:alice@contoso.com",
    "SIP:Alice@CONTOSO.com:5060;user=ip, sip:Alice@contoso.com",
    "sip:alice:secret@contoso.com., sip:alice@contoso.com",
    "sip:%61lice@contoso.com, sip:alice@contoso.com",
    "sip:a%3ab@contoso.com, sip:a%3Ab@contoso.com",
    "sip:%%3661@contoso.com, sip:%%3661@contoso.com",
    "sip:alice;day=tue@contoso.com, sip:alice;day=tue@contoso.com",
    "sips:alice@[2001:DB8::1]:5061, sip:alice@[2001:db8::1]",
    "sips:contoso.com, sip:contoso.com",
    "sip:Contoso.com:5060, sip:contoso.com",
    "tel:+49-123;phone-context=x, tel:+49-123",
    "alice@Contoso.com, alice@contoso.com"
  })
  void allSpellingsOfAnAddressOfRecordAreOneEndpoint(String spelling, String normal) {
    Endpoint endpoint = new Endpoint(spelling, "desk");
    assertThat(endpoint.addressOfRecord()).isEqualTo(normal);
    assertThat(endpoint).isEqualTo(new Endpoint(normal, "desk"));
  }

  @Test
  @Requirement("OBP-4")
  void anotherUserSchemeOrDeviceIsAnotherEndpoint() {
    Endpoint alice = new Endpoint("sip:alice@contoso.com", "desk");
    assertThat(new Endpoint("sip:Alice@contoso.com", "desk")).isNotEqualTo(alice);
    assertThat(new Endpoint("tel:alice@contoso.com", "desk")).isNotEqualTo(alice);
    assertThat(new Endpoint("sip:alice@contoso.com", "phone")).isNotEqualTo(alice);
  }

  @ParameterizedTest
  @CsvSource({
    "<urn:uuid:AB-1>, urn:uuid:ab-1",
    "'\"<URN:UUID:AB-1>\"', urn:uuid:ab-1",
    "0A1b, 0A1b"
  })
  void allSpellingsOfAnInstanceAreOneEndpoint(String spelling, String normal) {
    assertThat(new Endpoint("sip:a@b", spelling).instance()).isEqualTo(normal);
  }
}
