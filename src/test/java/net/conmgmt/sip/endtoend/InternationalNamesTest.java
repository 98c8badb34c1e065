package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.sip.ClientTransaction;
import javax.sip.Dialog;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.transport.HostLookup;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
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

  /** A name whose A-labels every machine knows: {@code localhost} with a wide first letter. */
  private static final String WIDE_LOCALHOST = "\uff4cocalhost";

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

  /** For an ACK the RI looks the host of the hop up itself, by the JDK. */
  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.endtoend.ExplicitProxyTlsTest#kindsAndRouters")
  @Requirement("DISC-16")
  void anAckGoesToAnExplicitProxyThatDidNotRecordItsRoute(String kind, String router)
      throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        PlainApplication client =
            new PlainApplication(
                Stacks.managed(
                    IoKinds.PROPERTY,
                    kind,
                    "javax.sip.ROUTER_PATH",
                    router,
                    "javax.sip.OUTBOUND_PROXY",
                    WIDE_LOCALHOST + ":" + proxy.getLocalPort() + "/tcp"),
                "127.0.0.1",
                Stacks.freePort())) {
      CompletableFuture<ClientTransaction> invited =
          CompletableFuture.supplyAsync(() -> invite(client));
      try (RawPeer peer = RawPeer.accept(proxy)) {
        String contact = "Contact: <sip:callee@127.0.0.1:" + proxy.getLocalPort() + ">\r\n";
        peer.send(RawPeer.okTo(peer.readMessage(), contact));
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
        Dialog dialog = invited.get(30, TimeUnit.SECONDS).getDialog();
        dialog.sendAck(dialog.createAck(1));
        assertThat(peer.readMessage()).startsWith("ACK ");
      }
    }
  }

  private static ClientTransaction invite(PlainApplication client) {
    try {
      return client.invite("alice", "contoso.test");
    } catch (Exception e) {
      throw new IllegalStateException(e);
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
