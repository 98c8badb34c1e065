package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which name a certificate carries, where the matrix of servers does not say. */
@Requirement("TLS-1")
class PeerIdentityTest {

  @TempDir private static Path folder;
  private static TestCertificates authority;

  @BeforeAll
  static void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
  }

  private static boolean carries(String names, String expected, boolean wildcards)
      throws Exception {
    CertificateRequest request = authority.issue();
    for (String name : names.split(" ", -1)) {
      if (name.startsWith("cn:")) {
        request.commonName(name.substring(3));
      } else {
        request.names(name);
      }
    }
    var certificate = request.make().certificate();
    return catchThrowable(() -> PeerIdentity.verify(certificate, expected, wildcards)) == null;
  }

  @ParameterizedTest
  @CsvSource({
    "dns:*.contoso.test, proxy.contoso.test, true",
    "dns:*.contoso.test, PROXY.Contoso.test., true",
    "dns:*.contoso.test, contoso.test, false",
    "dns:*.contoso.test, a.proxy.contoso.test, false",
    "dns:*.contoso.test, proxy.fakecontoso.test, false",
    "dns:p*.contoso.test, proxy.contoso.test, false",
    "dns:*y.contoso.test, proxy.contoso.test, false",
    "dns:proxy.*.test, proxy.contoso.test, false",
    "dns:*.*.test, proxy.contoso.test, false",
    "dns:*.test, contoso.test, false",
    "dns:*, proxy, false",
    "uri:sip:*.contoso.test, proxy.contoso.test, true",
    "cn:*.contoso.test, proxy.contoso.test, true",
    "dns:*.0.0.1, 127.0.0.1, false"
  })
  void aWildcardStandsForOneWholeLabelWhereItIsAllowed(
      String names, String expected, boolean carries) throws Exception {
    assertThat(carries(names, expected, true)).isEqualTo(carries);
    assertThat(carries(names, expected, false)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "dns:xn--mnchen-3ya.test, münchen.test, true",
    "dns:xn--mnchen-3ya.test, MÜNCHEN.test., true",
    "dns:xn--mnchen-3ya.test, munchen.test, false",
    "dns:strasse.test, straße.test, false",
    "cn:münchen.test, xn--mnchen-3ya.test, true"
  })
  void aNameWithOtherLettersIsComparedByItsALabels(String names, String expected, boolean carries)
      throws Exception {
    assertThat(carries(names, expected, false)).isEqualTo(carries);
  }

  @Requirement("TLS-2")
  @Test
  void aRefusalSaysWhyTheCommonNameDoesNotCountBesideAMailAddress() throws Exception {
    var certificate =
        authority
            .issue()
            .commonName("proxy.contoso.test")
            .names("mail:admin@contoso.test")
            .make()
            .certificate();
    assertThatThrownBy(() -> PeerIdentity.verify(certificate, "proxy.contoso.test", false))
        .hasMessage(
            "Certificate name mismatch: expected proxy.contoso.test, the certificate carries no"
                + " name of a host: its common name proxy.contoso.test does not count, because the"
                + " certificate has subject alternative names (RFC 6125 section 6.4.4); issue it"
                + " with the alternative name DNS:proxy.contoso.test");
  }

  @ParameterizedTest
  @CsvSource({
    "ip:127.0.0.1, 127.0.0.1, true",
    "ip:127.0.0.2, 127.0.0.1, false",
    "ip:::1, 0:0:0:0:0:0:0:1, true",
    "dns:127.0.0.1, 127.0.0.1, false",
    "cn:127.0.0.1, 127.0.0.1, false",
    "uri:sip:127.0.0.1, 127.0.0.1, false",
    "ip:127.0.0.1, proxy.contoso.test, false"
  })
  void anAddressCountsAsAnAddressOnly(String names, String expected, boolean carries)
      throws Exception {
    assertThat(carries(names, expected, false)).isEqualTo(carries);
  }

  @ParameterizedTest
  @CsvSource({
    "uri:SIP:proxy.contoso.test, true",
    "uri:sip:proxy.contoso.test:5061;transport=tls, true",
    "uri:sip:proxy.contoso.test@evil.test, false",
    "uri:sip:evil.test;x=proxy.contoso.test, false",
    "uri:sips:proxy.contoso.test, false",
    "uri:http://proxy.contoso.test, false",
    "uri:sip:contoso.test dns:proxy.contoso.test, true",
    "dns:proxy.contoso.test., true",
    "dns:proxy.contoso.tes, false",
    "dns:xproxy.contoso.test, false"
  })
  void aSipUriNamesItsHost(String names, boolean carries) throws Exception {
    assertThat(carries(names, "proxy.contoso.test", false)).isEqualTo(carries);
  }

  @ParameterizedTest
  @CsvSource({
    "'cn:proxy.contoso.test,OU=Voice', true",
    "'cn:proxy.contoso.test,CN=evil.test', true",
    "'cn:evil.test,CN=proxy.contoso.test', false",
    "'cn:evil.test,OU=proxy.contoso.test', false",
    "'cn:proxy.contoso.test mail:a@b.test', false"
  })
  void onlyTheMostSpecificCommonNameCounts(String names, boolean carries) throws Exception {
    assertThat(carries(names, "proxy.contoso.test", false)).isEqualTo(carries);
  }
}
