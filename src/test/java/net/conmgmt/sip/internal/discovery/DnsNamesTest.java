package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

/** Domain names are compared label by label. */
class DnsNamesTest {

  @ParameterizedTest
  @CsvSource({
    "contoso.com, contoso.com, true",
    "sip.contoso.com, contoso.com, true",
    "SIP.Contoso.COM., contoso.com, true",
    "evilcontoso.com, contoso.com, false",
    "com, contoso.com, false",
    "a..contoso.com, contoso.com, false"
  })
  void onlyWhatEndsInAllLabelsOfADomainIsInIt(String name, String domain, boolean inside) {
    assertThat(DnsNames.isAtOrBelow(name, domain)).isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource({
    "contoso.com., contoso.com",
    "contoso.com, contoso.com",
    "., ''",
    "contoso\\., contoso\\."
  })
  void theFinalDotIsLeftOutUnlessItIsPartOfTheLastLabel(String name, String without) {
    assertThat(DnsNames.withoutDot(name)).isEqualTo(without);
  }

  @ParameterizedTest
  @CsvSource({
    "sip.contoso.com., sip.contoso.com",
    "sip\\.evil.contoso.com., sip\\.evil.contoso.com",
    "m\\195\\188nchen.contoso.com., xn--mnchen-3ya.contoso.com",
    "\\255.contoso.com., \\255.contoso.com"
  })
  void aHostIsSpelledInAsciiByWhateverBytesTheZoneHasIt(String name, String host) {
    assertThat(DnsNames.hostOf(Name.fromConstantString(name))).isEqualTo(host);
  }
}
