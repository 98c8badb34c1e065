package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What connections hold together is bounded: who asks for more than is left pays, the others are
 * served, and all that was taken is given back.
 */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class HeldMemoryTest {

  private static final Logger LOG = LogManager.getLogger(HeldMemoryTest.class);
  private static final int BODY_BYTES = 1_000_000;
  private static final int MOST_OF_IT = 900_000;
  private static final int INCOMPLETE_BYTES = 60_000;

  private final String io;
  private final String transport;
  private final EventRecorder events = new EventRecorder();
  @TempDir private Path folder;
  private TestCertificates authority;
  private int port;
  private PlainApplication server;
  private MemoryBudget memory;
  private MemoryBudget.Share others;

  HeldMemoryTest(String io, String transport) {
    this.io = io;
    this.transport = transport;
  }

  @BeforeEach
  void startServer() throws Exception {
    authority = new TestCertificates(folder);
    port = Stacks.freePort();
    server =
        new PlainApplication(
            authority.properties(
                authority.keyStore("x", "ip:127.0.0.1"),
                IoKinds.PROPERTY,
                io,
                "gov.nist.javax.sip.THREAD_POOL_SIZE",
                "1"),
            "127.0.0.1",
            port,
            transport);
    ConnectionManagement.of(server.stack()).addListener(events);
    memory = StackTransport.of(StackScope.of(server.stack())).memory();
    others = memory.share();
  }

  /** Other connections hold all but so many bytes. */
  private void leave(long bytes) {
    others.hold(memory.leftBytes() - bytes);
  }

  @AfterEach
  void allIsGivenBack() {
    others.end();
    await().untilAsserted(() -> assertThat(memory.takenBytes()).isZero());
    server.close();
  }

  private RawPeer connect() throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private String request(int number, String moreLines, int bodyBytes) {
    return "MESSAGE sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/"
        + transport
        + " 127.0.0.1:5999;branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n"
        + moreLines
        + "Content-Length: "
        + bodyBytes
        + "\r\n\r\n";
  }

  private void sendMostOfAMessage(RawPeer peer, int number) throws IOException {
    peer.send(request(number, "", BODY_BYTES));
    peer.send("m".repeat(MOST_OF_IT));
  }

  private void sendUntilClosed(RawPeer peer) {
    try {
      sendMostOfAMessage(peer, 2);
    } catch (IOException closed) {
      LOG.debug("The connection ended before all was sent", closed);
    }
  }

  @Test
  void theIncompleteMessageThatFindsNoRoomEndsItsConnectionAndTheOthersGoOn() throws Exception {
    leave(3 * BODY_BYTES / 2);
    try (RawPeer first = connect();
        RawPeer second = connect()) {
      sendMostOfAMessage(first, 1);
      await().until(() -> memory.leftBytes() < BODY_BYTES * 3 / 4);
      sendUntilClosed(second);
      assertThat(second.readsEnd()).isTrue();
      events.await("closed PROXY BAD_INPUT");
      assertThat(events.events())
          .anySatisfy(
              event ->
                  assertThat(event)
                      .contains("bytes of a message that is not complete found no room", "-Xmx"));
      first.send("m".repeat(BODY_BYTES - MOST_OF_IT));
      assertThat(first.readMessage()).startsWith("SIP/2.0 200 OK");
    }
  }

  @Test
  void smallMessagesAreServedThoughNothingIsLeft() throws Exception {
    leave(0);
    try (RawPeer peer = connect()) {
      peer.send(request(1, "", 0));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
    }
  }

  @Test
  void aPeerThatGoesAwayInTheMiddleOfAMessageLeavesNothing() throws Exception {
    try (RawPeer peer = connect()) {
      sendMostOfAMessage(peer, 1);
      await().until(() -> memory.takenBytes() >= MOST_OF_IT);
    }
    events.await("closed PROXY PEER_CLOSED in the middle of a message");
  }

  @Test
  void aPeerThatResetsInTheMiddleOfAMessageLeavesNothing() throws Exception {
    try (RawPeer peer = connect()) {
      sendMostOfAMessage(peer, 1);
      await().until(() -> memory.takenBytes() >= MOST_OF_IT);
      peer.reset();
      events.await("closed PROXY IO_ERROR");
    }
  }

  @Test
  void theStopOfTheStackGivesBackWhatItsConnectionsHold() throws Exception {
    try (RawPeer peer = connect()) {
      sendMostOfAMessage(peer, 1);
      await().until(() -> memory.takenBytes() >= MOST_OF_IT);
      server.stack().stop();
      assertThat(memory.takenBytes()).isZero();
    }
  }

  @Test
  void aPeerThatDoesNotReadIsClosedAsSoonAsAllTogetherHoldTooMuch() throws Exception {
    leave(300_000);
    try (RawPeer stalled = connect()) {
      Thread writer = new Thread(() -> writeUntilClosed(stalled));
      writer.start();
      // What finds no room first may be an answer to it, or a part of a TLS record from it.
      events.await("closed PROXY");
      writer.join();
    }
    assertThat(events.events())
        .anySatisfy(
            event ->
                assertThat(event)
                    .containsAnyOf("for a peer that does not read", "of a TLS record")
                    .contains("found no room", "-Xmx"));
  }

  private void writeUntilClosed(RawPeer peer) {
    try {
      String padded = request(0, "", 0).replace("<sip:a@b>", "x".repeat(3_000) + "<sip:a@b>");
      for (int i = 0; i < 200_000; i++) {
        peer.send(padded.replace("z9hG4bK-0", "z9hG4bK-" + i));
      }
    } catch (IOException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void messagesThatWaitWhileLittleIsLeftPauseReadingAndAreAnsweredLater() throws Exception {
    long most = memory.leftBytes();
    leave(most / 4 + 100_000);
    CountDownLatch goOn = new CountDownLatch(1);
    StackWorkers.of(StackScope.of(server.stack())).execute(() -> awaitUninterrupted(goOn));
    try (RawPeer peer = connect()) {
      for (int i = 0; i < 100; i++) {
        peer.send(request(i, "Subject: " + "s".repeat(3_000) + "\r\n", 0));
      }
      // What was counted when reading was paused may include records and messages that are
      // complete by now.
      await().until(() -> memory.leftBytes() < most / 4 + INCOMPLETE_BYTES);
      goOn.countDown();
      for (int i = 0; i < 100; i++) {
        assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      }
    } finally {
      goOn.countDown();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
