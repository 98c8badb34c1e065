package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.util.Properties;
import javax.sip.ListeningPoint;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of several providers the one counts whose Via the request has. */
class SecureHopTest {

  private static final NextHop TLS = new NextHop("127.0.0.8", 5061, "TLS");

  private SipStackImpl stack;
  private int securePort;
  private int plainPort;

  @BeforeEach
  void twoProviders() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "secure-hop");
    stack = new SipStackImpl(properties);
    securePort = Stacks.freePort();
    plainPort = Stacks.freePort();
    SipProvider secure = stack.createSipProvider(point(securePort, "udp"));
    secure.addListeningPoint(point(Stacks.freePort(), "tls"));
    stack.createSipProvider(point(plainPort, "udp"));
  }

  @AfterEach
  void stop() {
    StackStop.of(stack);
  }

  private ListeningPoint point(int port, String transport) throws Exception {
    return stack.createListeningPoint("127.0.0.1", port, transport);
  }

  private static Request request(String transport, int port) throws Exception {
    Request request = RouterFixture.request("MESSAGE", "sip:bob@contoso.com", "");
    ViaHeader via = (ViaHeader) request.getHeader(ViaHeader.NAME);
    via.setTransport(transport);
    via.setPort(port);
    return request;
  }

  @Requirement("DISC-16")
  @ParameterizedTest
  @CsvSource({"UDP", "udp"})
  void theProviderOfTheViaDecides(String transport) throws Exception {
    assertThat(SecureHop.checked(stack, request(transport, securePort), TLS)).isSameAs(TLS);
    Request plain = request(transport, plainPort);
    assertThatThrownBy(() -> SecureHop.checked(stack, plain, TLS))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("found 127.0.0.1:" + plainPort + "/UDP, over which");
  }

  @Test
  void whereTheViaIsOfNoProviderAnyOfThemMaySend() throws Exception {
    assertThat(SecureHop.checked(stack, request("UDP", 9), TLS)).isSameAs(TLS);
    assertThat(SecureHop.checked(stack, request("TCP", plainPort), TLS)).isSameAs(TLS);
    Request without = request("UDP", plainPort);
    without.removeHeader(ViaHeader.NAME);
    assertThat(SecureHop.checked(stack, without, TLS)).isSameAs(TLS);
  }

  @Test
  void aViaWithoutPortIsOfEveryProviderOfItsTransport() throws Exception {
    stack.createSipProvider(point(Stacks.freePort(), "tcp"));
    Request plain = request("TCP", -1);
    assertThatThrownBy(() -> SecureHop.checked(stack, plain, TLS))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("/TCP, over which");
  }
}
