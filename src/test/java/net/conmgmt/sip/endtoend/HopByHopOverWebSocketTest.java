package net.conmgmt.sip.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.conmgmt.sip.plain.PlainProxy;
import net.conmgmt.sip.plain.PlainProxy.Leg;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An application that forwards between TCP and WebSocket, with the JDK's client on one side. */
class HopByHopOverWebSocketTest {

  private static final int PATIENCE_SECONDS = 30;
  private static final Pattern SOURCE_PORT = Pattern.compile("SIP/2.0/WSS? [^,]*;rport=(\\d+)");

  @TempDir private static Path folder;

  static Stream<Arguments> transportsAndCopies() {
    return Stream.of("ws", "wss")
        .flatMap(
            transport ->
                Stream.of(PlainProxy.Copy.values()).map(copy -> Arguments.of(transport, copy)));
  }

  @ParameterizedTest
  @MethodSource("transportsAndCopies")
  @Requirement({"HDR-11", "SRV-8"})
  void noOfferAndNoAnswerOfTheOtherHopLeavesByWebSocket(String transport, PlainProxy.Copy copy)
      throws Exception {
    TestCertificates certificates = new TestCertificates(folder);
    int tcp = Stacks.freePort();
    int web = Stacks.freePort();
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainProxy proxy =
            new PlainProxy(properties(certificates), tcp, listener.getLocalPort(), copy)) {
      proxy.listenOn(new Leg(transport, web));
      WebSocket browser =
          HttpClient.newBuilder()
              .sslContext(certificates.clientContext())
              .build()
              .newWebSocketBuilder()
              .buildAsync(URI.create(transport + "://127.0.0.1:" + web), new Messages(received))
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      browser.sendText(options(transport, "1", "Ms-Keep-Alive: UAC;hop-hop=yes\r\n"), true).join();
      try (RawPeer callee = RawPeer.accept(listener)) {
        String forwarded = callee.readMessage();
        assertThat(keepAliveLines(forwarded)).containsExactly("Ms-Keep-Alive: UAC;hop-hop=yes");
        callee.send(RawPeer.okTo(forwarded, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=77\r\n"));
        String answer = next(received);
        assertThat(answer).startsWith("SIP/2.0 200 ");
        assertThat(keepAliveLines(answer)).isEmpty();

        // The other way: over the connection that the browser has opened.
        Matcher source = SOURCE_PORT.matcher(forwarded);
        assertThat(source.find()).as(forwarded).isTrue();
        proxy.forwardTo(new Leg(transport, Integer.parseInt(source.group(1))));
        try (RawPeer caller = RawPeer.connect(tcp)) {
          caller.send(options("tcp", "2", "Ms-Keep-Alive: UAC;hop-hop=yes\r\n"));
          String request = next(received);
          assertThat(request).startsWith("OPTIONS ");
          assertThat(keepAliveLines(request)).isEmpty();
          String ok = RawPeer.okTo(request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=77\r\n");
          browser.sendText(ok, true).join();
          assertThat(keepAliveLines(caller.readMessage()))
              .containsExactly("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300");
        }
      }
      browser.abort();
      assertThat(proxy.failures).isEmpty();
    }
  }

  private static Properties properties(TestCertificates certificates) throws Exception {
    return certificates.properties(certificates.keyStore("proxy", "ip:127.0.0.1"));
  }

  /** The next message but a 100, which a stateful proxy may send first. */
  private static String next(BlockingQueue<String> received) throws InterruptedException {
    while (true) {
      String message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(message).as("a message over WebSocket").isNotNull();
      if (!message.startsWith("SIP/2.0 100 ")) {
        return message;
      }
    }
  }

  private record Messages(BlockingQueue<String> received) implements WebSocket.Listener {

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      received.add(text.toString());
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer bytes, boolean last) {
      received.add(UTF_8.decode(bytes).toString());
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }

  private static Stream<String> keepAliveLines(String message) {
    return message.lines().filter(l -> l.toLowerCase(Locale.ROOT).startsWith("ms-keep-alive"));
  }

  private static String options(String transport, String number, String headerLine) {
    return "OPTIONS sip:callee@contoso.test SIP/2.0\r\n"
        + ("Via: SIP/2.0/" + transport.toUpperCase(Locale.ROOT) + " 127.0.0.1:5999;rport")
        + (";branch=z9hG4bK-hop-" + number + "\r\n")
        + "Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: hop-"
        + (number + "\r\nCSeq: 1 OPTIONS\r\n")
        + headerLine
        + "Content-Length: 0\r\n\r\n";
  }
}
