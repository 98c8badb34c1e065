package net.conmgmt.sip.endtoend;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static net.conmgmt.sip.plain.PlainApplication.headerOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that knows nothing of the plugin gets keep-alive by properties alone. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class PlainApplicationKeepAliveTest {

  private static final String SHORT = "net.conmgmt.sip.KEEP_ALIVE_TIMEOUT";
  private static final String GRACE = "net.conmgmt.sip.KEEP_ALIVE_GRACE";

  private final EventRecorder clientEvents = new EventRecorder();
  private final EventRecorder proxyEvents = new EventRecorder();

  private final String kind;

  PlainApplicationKeepAliveTest(String kind) {
    this.kind = kind;
  }

  private PlainApplication started(EventRecorder events, int port, String... properties)
      throws Exception {
    Properties managed = Stacks.managed(properties);
    managed.setProperty(IoKinds.PROPERTY, kind);
    PlainApplication application = new PlainApplication(managed, "127.0.0.1", port);
    ConnectionManagement.of(application.stack()).addListener(events);
    return application;
  }

  @Test
  @Requirement({"CLI-7", "SRV-5", "SRV-6", "MSG-2"})
  void twoPlainApplicationsNegotiateAndKeepTheirConnectionAlive() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(proxyEvents, port, SHORT, "3", GRACE, "1");
        PlainApplication client = started(clientEvents, Stacks.freePort())) {
      client.sendTo(Request.REGISTER, "127.0.0.1", port);

      Request request = proxy.requests.poll(30, TimeUnit.SECONDS);
      Response response = client.responses.poll(30, TimeUnit.SECONDS);
      assertThat(headerOf(request, "ms-keep-alive")).isEqualTo("Ms-Keep-Alive: UAC;hop-hop=yes");
      assertThat(headerOf(response, "ms-keep-alive"))
          .isEqualTo("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=3");
      clientEvents.await("negotiated CLIENT 3 2");
      proxyEvents.await("negotiated PROXY 3 4");

      // Two keep-alives take longer than T + grace: without them the proxy had closed.
      proxyEvents.await("received", 3);
      clientEvents.await("sent", 3);
      assertThat(proxyEvents.events()).noneMatch(event -> event.startsWith("closed"));
      assertThat(proxyEvents.events().stream().filter(e -> e.startsWith("established"))).hasSize(1);
    }
  }

  @Test
  @Requirement("SRV-7")
  void aClientThatFallsSilentIsClosedAtExpiry() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(proxyEvents, port, SHORT, "1", GRACE, "1");
        RawPeer client = RawPeer.connect(port)) {
      assertThat(proxy.stack()).isNotNull();
      client.send(register("ms-keep-alive: UAC;hop-hop=yes\r\n"));
      assertThat(client.readMessage()).contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n");
      assertThat(client.readsEnd()).isTrue();
      proxyEvents.await("removed sip:alice@contoso.test EXPIRY_TIMER");
      proxyEvents.await("closed PROXY EXPIRY_TIMER");
    }
  }

  @Test
  @Requirement("SRV-8")
  void aConnectionThatDidNotNegotiateHasNoExpiry() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(proxyEvents, port, SHORT, "1", GRACE, "1");
        RawPeer silent = RawPeer.connect(port);
        RawPeer negotiated = RawPeer.connect(port)) {
      assertThat(proxy.stack()).isNotNull();
      silent.send(register(""));
      assertThat(silent.readMessage().toLowerCase(Locale.ROOT)).doesNotContain("ms-keep-alive");
      negotiated.send(register("ms-keep-alive: UAC;hop-hop=yes\r\n"));
      negotiated.readMessage();
      assertThat(negotiated.readsEnd()).isTrue();
      silent.send("\r\n\r\n");
      assertThat(silent.read(2)).isEqualTo("\r\n");
    }
  }

  @Test
  @Requirement("MSG-1")
  void theKeepAliveIsExactlyFourBytesOnTheExistingConnection() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client = started(clientEvents, Stacks.freePort())) {
      Thread sender = registerInBackground(client, listener.getLocalPort());
      try (RawPeer proxy = RawPeer.accept(listener)) {
        String request = proxy.readMessage();
        sender.join();
        assertThat(request).containsOnlyOnce("Ms-Keep-Alive: UAC;hop-hop=yes\r\n");
        proxy.send(RawPeer.okTo(request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n"));
        assertThat(proxy.read(4)).isEqualTo("\r\n\r\n");
        assertThat(proxy.read(4)).isEqualTo("\r\n\r\n");
        proxy.send("\r\n");
        clientEvents.await("answered");
      }
      clientEvents.await("closed CLIENT PEER_CLOSED");
    }
  }

  @Test
  void aProxyThatStopsAnsweringKeepAlivesIsClosedWithItsOwnReason() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client =
            started(clientEvents, Stacks.freePort(), "net.conmgmt.sip.PONG_TIMEOUT", "1")) {
      Thread sender = registerInBackground(client, listener.getLocalPort());
      try (RawPeer proxy = RawPeer.accept(listener)) {
        String request = proxy.readMessage();
        sender.join();
        proxy.send(RawPeer.okTo(request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n"));
        // More silent periods than the time for an answer has.
        for (int i = 0; i < 4; i++) {
          assertThat(proxy.read(4)).isEqualTo("\r\n\r\n");
        }
        proxy.send("\r\n");
        clientEvents.await("answered");
        String rest = new String(proxy.socket().getInputStream().readAllBytes(), US_ASCII);
        assertThat(rest).matches("(\r\n\r\n)+");
      }
      assertThat(clientEvents.await("closed CLIENT")).startsWith("closed CLIENT PONG_TIMER ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // A keep-alive of its own, as Asterisk sends and answers none.
        "\r\n\r\n",
        // A message that ends with one line more than it should.
        """
        OPTIONS sip:alice@contoso.test SIP/2.0\r
        Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK-N\r
        From: <sip:proxy@contoso.test>;tag=N\r
        To: <sip:alice@contoso.test>\r
        Call-ID: N\r
        CSeq: 1 OPTIONS\r
        Max-Forwards: 70\r
        Content-Length: 0\r
        \r
        \r
        """
      })
  @Requirement("CLI-10")
  void aServerThatAnswersNoKeepAliveIsKeptWhateverLineEndsItSends(String text) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client =
            started(clientEvents, Stacks.freePort(), "net.conmgmt.sip.PONG_TIMEOUT", "1")) {
      Thread sender = registerInBackground(client, listener.getLocalPort());
      try (RawPeer proxy = RawPeer.accept(listener)) {
        String request = proxy.readMessage();
        sender.join();
        proxy.send(RawPeer.okTo(request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n"));
        clientEvents.await("sent");
        proxy.send(text.replace("N", "1"));
        // A peer that has to answer would be given up within two of them.
        clientEvents.await("sent", 5);
        assertThat(clientEvents.events())
            .noneMatch(event -> event.startsWith("closed") || event.startsWith("answered"));
      }
    }
  }

  @Test
  @Requirement({"OBP-4", "OBP-5"})
  void theApplicationSaysOnWhichRequestAnEndpointHasAuthenticated() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(proxyEvents, port);
        RawPeer first = RawPeer.connect(port);
        RawPeer second = RawPeer.connect(port)) {
      ConnectionManagement management = ConnectionManagement.of(proxy.stack());
      first.send(register(""));
      Request older = proxy.requests.take();
      management.authenticated(older, ConnectionManagement.endpointOf(older).orElseThrow());
      proxyEvents.await("authenticated sip:alice@contoso.test");
      second.send(register("").replace("z9hG4bK-1", "z9hG4bK-2").replace("CSeq: 1", "CSeq: 2"));
      Request newer = proxy.requests.take();
      management.authenticated(newer, ConnectionManagement.endpointOf(newer).orElseThrow());
      proxyEvents.await("authenticated", 2);
      proxyEvents.await("replaced sip:alice@contoso.test");
      proxyEvents.await("closed PROXY REPLACED");
      assertThat(second.readMessage()).startsWith("SIP/2.0 200");
      // The older connection is gone: nothing is there to be said any more.
      management.authenticated(older, ConnectionManagement.endpointOf(older).orElseThrow());
      assertThat(management.connections()).hasSize(1);
    }
  }

  /**
   * Section 4, with the line breaks of the printed document repaired. The client's request goes in
   * as printed; its Via has no branch.
   */
  @Test
  @Requirement("EX-1")
  void theExampleRequestOfSection4NegotiatesThreeHundredSeconds() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(proxyEvents, port);
        RawPeer client = RawPeer.connect(port)) {
      client.send(
          """
          REGISTER sip:contoso.com SIP/2.0\r
          Via: SIP/2.0/TLS 10.56.65.232:12345\r
          Max-Forwards: 70\r
          From: <sip:alice@contoso.com>;tag=cf6792e59e;epid=99ad5894fe\r
          To: <sip:alice@contoso.com>\r
          Call-ID: 63f9d742e7374b3cae3930824bed57ee\r
          CSeq: 1 REGISTER\r
          Contact: <sip:10.56.65.232:49729;transport=tls;ms-opaque=b26b785992>;\
          methods="INVITE, MESSAGE, INFO, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY";\
          proxy=replace;+sip.instance="urn:uuid:6A4F8F80-9C64-5FE8-93D1-FE43A25CD7FF"\r
          User-Agent: SIPSTACK/1.0 APPLICATION/1.0 (SIP Application)\r
          ms-keep-alive: UAC;hop-hop=yes\r
          Event: registration\r
          Content-Length: 0\r
          \r
          """);
      assertThat(client.readMessage())
          .startsWith("SIP/2.0 200")
          .contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300\r\n");
      assertThat(proxy.requests.take().getMethod()).isEqualTo("REGISTER");
      proxyEvents.await("negotiated PROXY 300 332");
    }
  }

  @Test
  @Requirement("EX-1")
  void theExampleResponseOfSection4NegotiatesThreeHundredSeconds() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client = started(clientEvents, Stacks.freePort())) {
      Thread sender = registerInBackground(client, listener.getLocalPort());
      try (RawPeer proxy = RawPeer.accept(listener)) {
        String request = proxy.readMessage();
        sender.join();
        proxy.send(
            RawPeer.okTo(
                request,
                """
                ms-keep-alive: UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300\r
                Expires: 7200\r
                presence-state: register-action="added"\r
                """));
        clientEvents.await("negotiated CLIENT 300 200");
      }
    }
  }

  /** HDR-11: what was received from one hop does not go on to the next. */
  @Test
  @Requirement({"HDR-10", "HDR-11"})
  void anOfferThatTheApplicationPassesOnLeavesOnceAndIsTheStacksOwn() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client = started(clientEvents, Stacks.freePort())) {
      client.extraHeaders.addAll(
          List.of("UAC;hop-hop=yes;forwarded=1", "UAS;hop-hop=yes;timeout=7"));
      Thread sender =
          new Thread(
              () -> {
                try {
                  client.sendTo(Request.OPTIONS, "127.0.0.1", listener.getLocalPort());
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      sender.start();
      try (RawPeer next = RawPeer.accept(listener)) {
        assertThat(next.readMessage())
            .containsOnlyOnce("Ms-Keep-Alive")
            .contains("\r\nMs-Keep-Alive: UAC;hop-hop=yes\r\n");
      }
      sender.join();
    }
  }

  private static Thread registerInBackground(PlainApplication client, int port) {
    Thread sender =
        new Thread(
            () -> {
              try {
                client.sendTo(Request.REGISTER, "127.0.0.1", port);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    sender.start();
    return sender;
  }

  private static String register(String headerLine) {
    return "REGISTER sip:contoso.test SIP/2.0\r\n"
        + "Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
        + "From: <sip:alice@contoso.test>;tag=1;epid=01\r\nTo: <sip:alice@contoso.test>\r\n"
        + "Call-ID: call\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@127.0.0.1:5999>\r\n"
        + headerLine
        + "Content-Length: 0\r\n\r\n";
  }
}
