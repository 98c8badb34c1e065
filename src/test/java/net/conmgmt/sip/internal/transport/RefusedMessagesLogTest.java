package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the log and the listeners get of messages that a peer made on purpose. */
class RefusedMessagesLogTest {

  private final EventRecorder events = new EventRecorder();
  private int port;
  private PlainApplication server;

  @BeforeEach
  void startServer() throws Exception {
    port = Stacks.freePort();
    server = new PlainApplication(Stacks.managed(), "127.0.0.1", port);
    ConnectionManagement.of(server.stack()).addListener(events);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private static String request(int number, String from, String cseq) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: "
        + from
        + "\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nAuthorization: Digest username=\"alice\", response=\"5ec4e7\"\r\nCSeq: "
        + cseq
        + "\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  void whatTheStackRefusesIsLoggedWithoutCredentialsAndNotAtEveryMessage() throws Exception {
    List<String> logged = new ArrayList<>();
    try (CapturedLog channel = new CapturedLog(ManagedMessageChannel.class, Level.WARN);
        CapturedLog limited = new CapturedLog(PeerWarnings.class, Level.WARN);
        RawPeer peer = RawPeer.connect(port)) {
      for (int i = 0; i < 100; i++) {
        peer.send(request(i, "<sip:a@b>;tag=1", "1 INVITE"));
        assertThat(peer.readMessage()).startsWith("SIP/2.0 400");
      }
      // The answer leaves before the exception that is logged, in the order of the connection.
      peer.send(request(100, "<sip:a@b>;tag=1", "1 OPTIONS"));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      logged.addAll(channel.lines());
      logged.addAll(channel.thrown());
      logged.addAll(limited.lines());
      logged.addAll(limited.thrown());
    }
    assertThat(logged)
        .isNotEmpty()
        .hasSizeLessThan(50)
        .noneMatch(line -> line.contains("5ec4e7"))
        .noneMatch(line -> line.contains("\n"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("WARN The stack refused a message that begins with 'OPTIONS")
                    .contains("'Bad CSeq method"));
  }

  @Test
  void theReasonOfARefusalIsShortAndPrintable() throws Exception {
    try (RawPeer peer = RawPeer.connect(port)) {
      peer.send(request(1, "<\u001b[2J" + "x".repeat(30_000), "1 OPTIONS"));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 400");
      assertThat(events.await("refused a message that begins with"))
          .hasSizeLessThan(300)
          .matches("\\P{Cntrl}*");
    }
  }

  /** The RI logs the whole of each at error, and tells nobody. */
  @Test
  void aMessageWithoutAMandatoryHeaderIsRefusedBeforeTheStackSeesIt() throws Exception {
    try (RawPeer peer = RawPeer.connect(port)) {
      peer.send(request(1, "<sip:a@b>;tag=1", "1 OPTIONS").replace("To: <sip:c@d>\r\n", ""));
      events.await(
          "refused a message that begins with 'OPTIONS sip:peer@127.0.0.1 SIP/2.0': it lacks Via,"
              + " From, To, Call-ID or CSeq");
      peer.send(request(2, "<sip:a@b>;tag=1", "1 OPTIONS"));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    }
  }
}
