package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressOfRecordTest {

  @Requirement("DISC-1")
  @ParameterizedTest
  @CsvSource({
    "sip:alice@contoso.com, contoso.com",
    "sips:alice@contoso.com, contoso.com",
    "SIP:alice@Contoso.COM., contoso.com",
    "alice@contoso.com, contoso.com",
    "sip:contoso.com, contoso.com",
    "sip:alice;day=tuesday@contoso.com:5070;transport=tcp?subject=x, contoso.com",
    "sip:alice:secret@sub.contoso.com, sub.contoso.com",
    "'\"Alice\" <sip:alice@contoso.com;user=phone>', contoso.com",
    "sip:alice@bücher.example, xn--bcher-kva.example",
    "sip:alice@localhost, localhost",
    "<sip:contoso.com>, contoso.com",
    "Reception <sips:contoso.com>, contoso.com"
  })
  void theHostPartIsTheDomain(String addressOfRecord, String domain) {
    assertThat(AddressOfRecord.domainOf(addressOfRecord)).isEqualTo(domain);
  }

  @Requirement("DISC-1")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sip:alice@192.0.2.1",
        "sip:alice@192.0.2.1:5060",
        "sip:alice@[2001:db8::1]",
        "sip:alice@[2001:db8::1]:5061;transport=tls"
      })
  void anIpAddressHasNoDomain(String addressOfRecord) {
    assertThatThrownBy(() -> AddressOfRecord.domainOf(addressOfRecord))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + addressOfRecord + "'")
        .hasMessageContaining("is an IP address")
        .hasMessageContaining("expected an address-of-record with a domain");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "straße.example",
        "STRAẞE.example",
        "λόγος.example",
        "a\u200db.example",
        "a\u200cb.example",
        "☕.example"
      })
  void aNameThatIdna2003AndIdna2008ReadDifferentlyIsRefused(String domain) {
    assertThatThrownBy(() -> AddressOfRecord.domainOf("sip:alice@" + domain))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + domain + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "MÜNCHEN.example, xn--mnchen-3ya.example",
    "παράδειγμα.example, xn--hxajbheg2az3al.example",
    "例え。テスト, xn--r8jz45g.xn--zckzah",
    "xn--strae-oqa.example, xn--strae-oqa.example"
  })
  void aNameOnWhichTheyAgreeIsAskedForByItsALabels(String domain, String ascii) {
    assertThat(AddressOfRecord.domainOf("sip:alice@" + domain)).isEqualTo(ascii);
  }

  @Requirement("DISC-1")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "alice",
        "sip:",
        "sip:alice@",
        "sip:alice@;transport=tcp",
        "tel:+15551234",
        "sip:alice@contoso..com",
        "sip:alice@-contoso.com",
        "sip:alice@con toso.com",
        "sip:alice@300.1.1.1"
      })
  void whatHasNoDomainIsRefusedWithTheReason(String addressOfRecord) {
    assertThatThrownBy(() -> AddressOfRecord.domainOf(addressOfRecord))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot discover the outbound proxy of '" + addressOfRecord + "': ")
        .hasMessageContaining("expected an address-of-record with a domain");
  }

  @Test
  void aDomainTooLongForTheQueriesIsRefused() throws Exception {
    String label = "a".repeat(60);
    String longest = String.join(".", label, label, label, "a".repeat(49));
    assertThat(AddressOfRecord.domainOf("sip:alice@" + longest)).isEqualTo(longest);
    for (Service service : Service.values()) {
      assertThat(DnsNames.absolute(service.queryName(longest)).length() <= 255).isTrue();
    }
    assertThatThrownBy(() -> AddressOfRecord.domainOf("sip:alice@" + longest + "a"))
        .hasMessageContaining("longer than 232 characters");
  }
}
