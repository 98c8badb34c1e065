package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client in the manner of Microsoft's, byte by byte, at the sample proxy: Via without a branch
 * and with a transport in lower case, epid, several Supported header fields, requests one behind
 * the other and in pieces, and keep-alives no sooner than the full time-out.
 */
@Tag("peers")
class MicrosoftClientInteropTest {

  private static final int TIMEOUT_SECONDS = 2;

  @TempDir private Path folder;
  private ProxyProcess proxy;
  private RawPeer client;

  @BeforeEach
  void start() throws Exception {
    proxy = ProxyProcess.start(folder, null, "--set", "KEEP_ALIVE_TIMEOUT=" + TIMEOUT_SECONDS);
    client = RawPeer.connect(proxy.port("tcp"));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    proxy.close();
  }

  private static String request(String method, String uri, int number, String body, String lines) {
    return method
        + " "
        + uri
        + " SIP/2.0\r\nVia: SIP/2.0/tcp 192.0.2.7:9\r\nMax-Forwards: 70\r\n"
        + "From: <sip:alice@contoso.test>;tag=0a1b2c3d4e;epid=01f2e3d4c5\r\n"
        + "To: <sip:alice@contoso.test>\r\nCall-ID: 8d5f4c3b2a"
        + number
        + "\r\nCSeq: "
        + number
        + " "
        + method
        + "\r\nContact: <sip:192.0.2.7:9;transport=tcp;ms-opaque=8a7b>;methods=\"INVITE, MESSAGE\""
        + ";proxy=replace;+sip.instance=\"<urn:uuid:4b8d2b2e-0f3a-5c51-9d7e-2f6a1b3c4d5e>\"\r\n"
        + "User-Agent: UCCAPI/2.0.6362.67 OC/2.0.6362.67 (Microsoft Office Communicator)\r\n"
        + "Supported: gruu-10, adhoclist, msrtc-event-categories\r\nSupported: ms-forking\r\n"
        + lines
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String register(int number) {
    return request(
        "REGISTER",
        "sip:contoso.test",
        number,
        "",
        "ms-keep-alive: UAC;hop-hop=yes\r\nEvent: registration\r\nExpires: 600\r\n");
  }

  private static String subscribe(int number) {
    return request(
        "SUBSCRIBE",
        "sip:alice@contoso.test",
        number,
        "",
        String.join(
            "\r\n",
            "Proxy-Require: ms-benotify",
            "Supported: ms-benotify",
            "Event: presence",
            "Accept: application/pidf+xml",
            ""));
  }

  private static String message(int number) {
    return request(
        "MESSAGE", "sip:alice@contoso.test", number, "hi", "Content-Type: text/plain\r\n");
  }

  @Test
  @Requirement({"SRV-5", "SRV-6"})
  void itNegotiatesAndStaysWithKeepAlivesAtTheFullTimeout() throws Exception {
    client.send(register(1));
    assertThat(client.readMessage())
        .startsWith("SIP/2.0 200")
        .containsIgnoringCase("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=2");
    for (int i = 1; i <= 3; i++) {
      silentFor(TIMEOUT_SECONDS);
      client.send("\r\n\r\n");
      proxy.awaitEvents("keepalive.received", i);
      assertThat(client.read(2)).isEqualTo("\r\n");
    }
    client.send(register(2));
    assertThat(client.readMessage()).startsWith("SIP/2.0 200");
  }

  /** Reads nothing for that long, and fails when something comes. */
  private void silentFor(int seconds) throws IOException {
    int patience = client.socket().getSoTimeout();
    client.socket().setSoTimeout(seconds * 1000);
    try {
      fail("Expected silence, found the byte %d", client.socket().getInputStream().read());
    } catch (java.net.SocketTimeoutException asExpected) {
      client.socket().setSoTimeout(patience);
    }
  }

  @Test
  void requestsOneBehindTheOtherAndInPiecesAreAllAnswered() throws Exception {
    List<String> seen = new ArrayList<>();
    sendInPieces(register(1) + subscribe(2) + "\r\n\r\n" + register(3) + subscribe(4));
    readAnswers(seen, 4);
    // A message of another call may overtake a REGISTER that takes long, and finds nobody then.
    sendInPieces(subscribe(5) + message(6));
    readAnswers(seen, 7);
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "SIP/2.0 200 OK CSeq: 1 REGISTER",
            "SIP/2.0 420 Bad extension CSeq: 2 SUBSCRIBE",
            "SIP/2.0 200 OK CSeq: 3 REGISTER",
            "SIP/2.0 420 Bad extension CSeq: 4 SUBSCRIBE",
            "SIP/2.0 420 Bad extension CSeq: 5 SUBSCRIBE",
            "MESSAGE sip:… SIP/2.0 CSeq: 6 MESSAGE",
            "SIP/2.0 200 OK CSeq: 6 MESSAGE");
    assertThat(proxy.process().output()).doesNotContain("\"event\":\"connection.closed\"");
  }

  private void sendInPieces(String text) throws IOException {
    for (int begin = 0; begin < text.length(); begin += 97) {
      client.send(text.substring(begin, Math.min(text.length(), begin + 97)));
    }
  }

  /** Reads, and answers what is asked, until it has seen so many messages. */
  private void readAnswers(List<String> seen, int count) throws IOException {
    while (seen.size() < count) {
      String head = client.readMessage();
      // The pong comes before the next message.
      String first = head.stripLeading().lines().findFirst().orElseThrow();
      String cseq = head.lines().filter(l -> l.startsWith("CSeq")).findFirst().orElseThrow();
      seen.add((first + " " + cseq).replaceAll("contoso.test.* SIP|192.0.2.7.* SIP", "… SIP"));
      if (first.startsWith("MESSAGE")) {
        assertThat(client.read(2)).isEqualTo("hi");
        client.send(RawPeer.okTo(head, ""));
      }
      if (first.contains("420")) {
        assertThat(head).contains("Unsupported: ms-benotify");
      }
    }
  }
}
