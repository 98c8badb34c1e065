package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Properties;
import java.util.stream.Stream;
import javax.sip.SipException;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A hop of TLS is reached over TLS or not at all, whatever the RI would take instead. */
class NoClearTextInsteadOfTlsTest {

  private static final String OURS = "net.conmgmt.sip.discovery.DiscoveryRouter";
  private static final String STOCK = "gov.nist.javax.sip.stack.DefaultRouter";

  static Stream<Arguments> kindsAndRouters() {
    return IoKinds.all().stream()
        .flatMap(kind -> Stream.of(OURS, STOCK).map(router -> Arguments.of(kind, router)));
  }

  @ParameterizedTest
  @MethodSource("kindsAndRouters")
  @Requirement("TLS-1")
  void aProxyOfTlsIsRefusedByAStackThatCanOnlyDoTcp(String kind, String router) throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        PlainApplication client =
            new PlainApplication(
                properties(kind, router, proxy), "127.0.0.1", Stacks.freePort(), "tcp")) {
      assertThatThrownBy(() -> client.register("alice", "contoso.test"))
          .isInstanceOf(SipException.class)
          .hasStackTraceContaining(
              "Cannot send REGISTER to 127.0.0.1:"
                  + proxy.getLocalPort()
                  + "/TLS: expected a listening point for TLS at the sending SipProvider, found ")
          .hasStackTraceContaining("/TCP");
      assertNobodyConnectedTo(proxy);
    }
  }

  @ParameterizedTest
  @MethodSource("kindsAndRouters")
  @Requirement("TLS-1")
  void aListeningPointOfTlsAtAnotherProviderDoesNotHelp(String kind, String router)
      throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        PlainApplication client =
            new PlainApplication(
                properties(kind, router, proxy), "127.0.0.1", Stacks.freePort(), "tcp")) {
      addProviderForTls(client);
      assertThatThrownBy(() -> client.register("alice", "contoso.test"))
          .isInstanceOf(SipException.class)
          .hasStackTraceContaining("expected a listening point for TLS at the sending SipProvider");
      assertNobodyConnectedTo(proxy);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Requirement("TLS-1")
  void theRouterRefusesForUdpToo(boolean tlsElsewhere) throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        PlainApplication client =
            new PlainApplication(
                properties("nio", OURS, proxy), "127.0.0.1", Stacks.freePort(), "udp")) {
      if (tlsElsewhere) {
        addProviderForTls(client);
      }
      assertThatThrownBy(() -> client.register("alice", "contoso.test"))
          .isInstanceOf(SipException.class)
          .hasStackTraceContaining("expected a listening point for TLS at the sending SipProvider")
          .hasStackTraceContaining("/UDP");
    }
  }

  private static Properties properties(String kind, String router, ServerSocket proxy) {
    return Stacks.managed(
        IoKinds.PROPERTY,
        kind,
        "javax.sip.ROUTER_PATH",
        router,
        "javax.sip.OUTBOUND_PROXY",
        "127.0.0.1:" + proxy.getLocalPort() + "/TLS");
  }

  private static void addProviderForTls(PlainApplication client) throws Exception {
    client
        .stack()
        .createSipProvider(
            client.stack().createListeningPoint("127.0.0.1", Stacks.freePort(), "tls"));
  }

  /** The first in the queue of the server is the one that is made here. */
  private static void assertNobodyConnectedTo(ServerSocket server) throws Exception {
    try (Socket own = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket first = server.accept()) {
      assertThat(first.getPort()).isEqualTo(own.getLocalPort());
    }
  }
}
