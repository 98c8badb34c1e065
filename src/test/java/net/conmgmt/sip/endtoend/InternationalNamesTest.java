package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.transport.HostLookup;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;
import net.conmgmt.sip.testing.TlsStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A name that a property has with letters beyond ASCII is in DNS, SNI and certificates by its
 * A-labels.
 */
class InternationalNamesTest {

  private static final String WRITTEN = "b\u00fccher.contoso.test";
  private static final String ASCII = "xn--bcher-kva.contoso.test";

  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.endtoend.ExplicitProxyTlsTest#kindsAndRouters")
  @Requirement({"TLS-1", "TLS-2"})
  void anExplicitProxyIsLookedUpGreetedAndCheckedByItsALabels(String kind, String router)
      throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    List<String> lookedUp = new CopyOnWriteArrayList<>();
    try (TlsPeer peer = new TlsPeer()) {
      peer.show(authority.issue().names("dns:" + ASCII).make());
      Properties properties =
          authority.properties(
              authority.keyStore("client"),
              IoKinds.PROPERTY,
              kind,
              "javax.sip.ROUTER_PATH",
              router,
              "javax.sip.OUTBOUND_PROXY",
              WRITTEN + ":" + peer.port() + "/tls");
      try (PlainApplication client =
          new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls")) {
        StackScope.of(client.stack())
            .put(
                HostLookup.class,
                host -> {
                  lookedUp.add(host);
                  return new InetAddress[] {InetAddress.getLoopbackAddress()};
                });
        client.register("alice", "contoso.test");
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
      assertThat(lookedUp).isNotEmpty().containsOnly(ASCII);
      assertThat(peer.nextVisit().serverName()).isEqualTo(ASCII);
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement({"DISC-1", "TLS-1"})
  void theProxyOfADomainIsDiscoveredGreetedAndCheckedByItsALabels(String kind) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    try (DnsServer dns = new DnsServer();
        TlsPeer peer = new TlsPeer()) {
      peer.show(authority.issue().names("dns:sip." + ASCII).make());
      dns.zone()
          .srv("_sip._tls." + ASCII, 0, 0, peer.port(), "sip." + ASCII)
          .address("sip." + ASCII, InetAddress.getLoopbackAddress());
      Properties properties =
          authority.properties(
              authority.keyStore("client"),
              IoKinds.PROPERTY,
              kind,
              "javax.sip.ROUTER_PATH",
              "net.conmgmt.sip.discovery.DiscoveryRouter",
              "net.conmgmt.sip.DOMAIN",
              WRITTEN,
              "net.conmgmt.sip.DNS_SERVERS",
              dns.property());
      try (PlainApplication client =
          new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls")) {
        client.register("alice", "contoso.test");
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
      assertThat(peer.nextVisit().serverName()).isEqualTo("sip." + ASCII);
    }
  }

  @Test
  @Requirement("TLS-3")
  void aProxyStartsWithTheCertificateOfItsALabels() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    try (TlsStack proxy =
        new TlsStack(
            authority.properties(
                authority.keyStore("x", "dns:" + ASCII), "net.conmgmt.sip.FQDN", WRITTEN))) {
      assertThat(proxy.port()).isPositive();
    }
  }
}
