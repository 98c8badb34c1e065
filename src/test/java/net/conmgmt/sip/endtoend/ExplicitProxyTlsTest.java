package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.sip.SipException;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A proxy that the application names itself is held to the name that the application used. */
class ExplicitProxyTlsTest {

  @TempDir private Path folder;

  static Stream<Arguments> kindsAndRouters() {
    return IoKinds.all().stream()
        .flatMap(
            kind ->
                Stream.of(
                        "net.conmgmt.sip.discovery.DiscoveryRouter",
                        "gov.nist.javax.sip.stack.DefaultRouter")
                    .map(router -> Arguments.of(kind, router)));
  }

  @ParameterizedTest
  @MethodSource("kindsAndRouters")
  @Requirement({"TLS-1", "TLS-2"})
  void theRequestFailsAtOnceWithTheCauseAndNoSipByteLeaves(String kind, String router)
      throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    try (TlsPeer peer = new TlsPeer()) {
      Properties properties =
          authority.properties(
              authority.keyStore("client"),
              IoKinds.PROPERTY,
              kind,
              "javax.sip.ROUTER_PATH",
              router,
              "javax.sip.OUTBOUND_PROXY",
              "localhost:" + peer.port() + "/tls");
      try (PlainApplication client =
          new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls")) {
        client.stack().createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp");

        peer.show(authority.issue().names("dns:other.contoso.test").make());
        Throwable failure = catchThrowable(() -> client.register("alice", "contoso.test"));
        assertThat(failure)
            .isInstanceOf(SipException.class)
            .hasStackTraceContaining(
                "Certificate name mismatch: expected localhost, the certificate carries"
                    + " other.contoso.test");
        assertThat(failure).rootCause().isInstanceOf(SSLException.class);
        TlsPeer.Visit refused = peer.nextVisit();
        assertThat(refused.sip()).isEmpty();
        assertThat(refused.serverName()).isEqualTo("");

        peer.show(authority.issue().names("dns:localhost").make());
        client.register("alice", "contoso.test");
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
      TlsPeer.Visit served = peer.nextVisit();
      assertThat(served.serverName()).isEqualTo("localhost");
      assertThat(served.sip()).startsWith("REGISTER sip:contoso.test");
    }
  }
}
