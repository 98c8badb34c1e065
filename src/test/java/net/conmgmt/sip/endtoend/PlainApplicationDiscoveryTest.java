package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.sip.SipException;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that knows only its address-of-record finds its proxy by properties alone. */
class PlainApplicationDiscoveryTest {

  private static final String PROXY = "proxy.contoso.test";

  @TempDir private Path folder;
  private final EventRecorder events = new EventRecorder();
  private DnsServer dns;

  @BeforeEach
  void startDns() throws Exception {
    dns = new DnsServer();
    dns.zone().address(PROXY, InetAddress.getLoopbackAddress());
    // With both TLS answers in, a TCP answer that is later would not count (3.1.5).
    dns.delay("_sipinternaltls._tcp.contoso.test", Duration.ofMillis(200));
  }

  @AfterEach
  void stopDns() {
    dns.close();
  }

  private Properties discovering(String... more) {
    Properties properties =
        Stacks.managed(
            "javax.sip.ROUTER_PATH",
            "net.conmgmt.sip.discovery.DiscoveryRouter",
            "net.conmgmt.sip.DNS_SERVERS",
            dns.property());
    properties.putAll(Stacks.managed(more));
    return properties;
  }

  private PlainApplication client(Properties properties, String transport) throws Exception {
    PlainApplication client =
        new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), transport);
    ConnectionManagement.of(client.stack()).addListener(events);
    return client;
  }

  @Test
  @Requirement({"DISC-2", "DISC-11", "CLI-1"})
  void aRegisterFindsTheProxyThroughDnsAndNegotiates() throws Exception {
    int port = Stacks.freePort();
    dns.zone().srv("_sipinternal._tcp.contoso.test", 0, 0, port, PROXY);
    try (PlainApplication proxy = new PlainApplication(Stacks.managed(), "127.0.0.1", port);
        PlainApplication client = client(discovering(), "tcp")) {
      client.register("alice", "contoso.test");
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(proxy.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
      events.await("discovered 127.0.0.1:" + port + "/TCP");
      events.await("negotiated CLIENT 300 200");
      assertThat(dns.queries())
          .filteredOn(query -> query.contains("SRV"))
          .hasSize(4)
          .anyMatch(query -> query.startsWith("_sipinternaltls._tcp.contoso.test."))
          .anyMatch(query -> query.startsWith("_sipinternal._tcp.contoso.test."))
          .anyMatch(query -> query.startsWith("_sip._tls.contoso.test."))
          .anyMatch(query -> query.startsWith("_sip._tcp.contoso.test."));
    }
  }

  @Test
  @Requirement("DISC-15")
  void anExplicitOutboundProxyMeansNoDnsQueryAtAll() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = new PlainApplication(Stacks.managed(), "127.0.0.1", port);
        PlainApplication client =
            client(discovering("javax.sip.OUTBOUND_PROXY", "127.0.0.1:" + port + "/tcp"), "tcp")) {
      client.register("alice", "contoso.test");
      assertThat(proxy.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(dns.queries()).isEmpty();
    }
  }

  @Test
  void aLostConnectionIsDiscoveredAnewByTheNextRequest() throws Exception {
    int port = Stacks.freePort();
    dns.zone().srv("_sipinternal._tcp.contoso.test", 0, 0, port, PROXY);
    try (PlainApplication client = client(discovering(), "tcp")) {
      try (PlainApplication first = new PlainApplication(Stacks.managed(), "127.0.0.1", port)) {
        client.register("alice", "contoso.test");
        assertThat(first.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
        events.await("negotiated CLIENT");
      }
      events.await("closed CLIENT");
      try (PlainApplication second = new PlainApplication(Stacks.managed(), "127.0.0.1", port)) {
        client.register("alice", "contoso.test");
        assertThat(second.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
        events.await("negotiated CLIENT", 2);
      }
    }
  }

  @Test
  @Requirement({"TLS-1", "DISC-12", "DISC-9"})
  void theNameOfTheSrvTargetIsVerifiedAndARefusalEndsItAll() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int good = Stacks.freePort();
    int tcp = Stacks.freePort();
    dns.zone().srv("_sip._tls.contoso.test", 0, 0, good, PROXY);
    dns.zone().srv("_sip._tcp.contoso.test", 0, 0, tcp, PROXY);
    Path rightName = authority.keyStore("x", "dns:" + PROXY);
    Path wrongName = authority.keyStore("x", "dns:contoso.test");
    try (PlainApplication plain = new PlainApplication(Stacks.managed(), "127.0.0.1", tcp)) {
      ConnectionManagement.of(plain.stack()).addListener(events);
      try (PlainApplication proxy =
              new PlainApplication(tls(authority, wrongName), "127.0.0.1", good, "tls");
          PlainApplication client = client(tls(authority, rightName), "tls")) {
        assertThatThrownBy(() -> client.register("alice", "contoso.test"))
            .isInstanceOf(SipException.class)
            .hasStackTraceContaining(
                "Certificate name mismatch: expected proxy.contoso.test, the certificate carries"
                    + " contoso.test");
        assertThat(proxy.requests).isEmpty();
        assertThat(events.events()).doesNotContain("established PROXY");
      }
      try (PlainApplication proxy =
              new PlainApplication(tls(authority, rightName), "127.0.0.1", good, "tls");
          PlainApplication client = client(tls(authority, rightName), "tls")) {
        client.register("alice", "contoso.test");
        Request request = proxy.requests.poll(30, TimeUnit.SECONDS);
        assertThat(request).isNotNull();
        ViaHeader via = (ViaHeader) request.getHeader(ViaHeader.NAME);
        assertThat(via.getTransport()).isEqualToIgnoringCase("tls");
        events.await("discovered 127.0.0.1:" + good + "/TLS");
      }
    }
  }

  private Properties tls(TestCertificates authority, Path keyStore) throws Exception {
    Properties properties = discovering();
    properties.putAll(authority.properties(keyStore));
    return properties;
  }
}
