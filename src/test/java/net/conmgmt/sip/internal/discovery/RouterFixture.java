package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sip.address.Router;
import javax.sip.message.Request;
import net.conmgmt.sip.discovery.DiscoveryRouter;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.testing.DnsServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The router inside a stack of the RI, with DNS on real sockets and connections in memory. */
abstract class RouterFixture {

  static final AtomicInteger STACKS = new AtomicInteger();

  final FakeConnector connector = new FakeConnector("TLS", "TCP");
  final Properties properties = new Properties();
  DnsServer dns;

  @BeforeEach
  void startDns() throws Exception {
    dns = new DnsServer();
    properties.setProperty("javax.sip.STACK_NAME", "router" + STACKS.incrementAndGet());
    properties.setProperty("javax.sip.ROUTER_PATH", DiscoveryRouter.class.getName());
    properties.setProperty("net.conmgmt.sip.DNS_SERVERS", dns.property());
  }

  @AfterEach
  void stopDns() {
    dns.close();
  }

  static Request request(String method, String uri, String headers) throws Exception {
    return request(method, uri, "sip:alice@contoso.com", "<sip:alice@contoso.com>", headers);
  }

  static Request request(String method, String uri, String from, String to, String headers)
      throws Exception {
    String text =
        method
            + " "
            + uri
            + " SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK1\r\nFrom: <"
            + from
            + ">;tag=1\r\nTo: "
            + to
            + "\r\nCall-ID: 1@x\r\nCSeq: 1 "
            + method
            + "\r\nMax-Forwards: 70\r\n"
            + headers
            + "Content-Length: 0\r\n\r\n";
    return (Request)
        Objects.requireNonNull(
            new StringMsgParser()
                .parseSIPMessage(text.getBytes(StandardCharsets.UTF_8), true, true, null));
  }

  Router router() throws Exception {
    SipStackImpl stack = new SipStackImpl(properties);
    StackScope.of(stack).put(Connector.class, connector);
    assertThat(stack.getRouter()).isInstanceOf(DiscoveryRouter.class);
    return stack.getRouter();
  }

  static InetAddress ip(String text) {
    return Objects.requireNonNull(AddressOfRecord.parseIp(text));
  }
}
