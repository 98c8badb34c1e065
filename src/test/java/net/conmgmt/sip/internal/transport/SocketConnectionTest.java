package net.conmgmt.sip.internal.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.connection.ProxyTimers;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.TestIo;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.SilentPort;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection that begins: what is written meanwhile, and what is told if it ends. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class SocketConnectionTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int MORE_THAN_TCP_TAKES = 12_000_000;

  private final String kind;
  private final VirtualScheduler time = new VirtualScheduler(0);
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private SocketIo io;
  private String closesDuring = "";

  SocketConnectionTest(String kind) {
    this.kind = kind;
  }

  @BeforeEach
  void startIo() throws IOException {
    io = TestIo.start(kind, time);
  }

  @AfterEach
  void stopIo() {
    io.stop();
  }

  @Test
  void theEndIsToldAfterWhatIsBeingToldThoughAnotherThreadCloses() throws Exception {
    closesDuring = "established";
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection =
          SocketConnection.to(around(), StubConnectionContext.User.NOBODY, addressOf(peer), null);
      connection.attempt().connect().handle((c, failure) -> c).get(30, TimeUnit.SECONDS);
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(told)
        .containsExactly("connecting", "connecting done", "established", "established done", "end");
  }

  @Test
  void whoIsToldOfTheBeginningIsToldOfTheEnd() throws Exception {
    closesDuring = "connecting";
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection =
          SocketConnection.to(around(), StubConnectionContext.User.NOBODY, addressOf(peer), null);
      connection.attempt().connect().handle((c, failure) -> c).get(30, TimeUnit.SECONDS);
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(told).containsExactly("connecting", "connecting done", "end");
  }

  @Test
  void aHundredKeepAlivesInASecondAreAnsweredAndNoMore() throws Exception {
    CountDownLatch oneMore = new CountDownLatch(101);
    ConnectionUser user =
        new StubConnectionContext.IndifferentUser() {
          @Override
          public void keepAliveReceived() {
            oneMore.countDown();
          }
        };
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort());
        RawPeer peer = RawPeer.over(new Socket(LOOPBACK, server.socket().getLocalPort()))) {
      SocketConnection connection =
          SocketConnection.accepted(around(), user, new InetSocketAddress(LOOPBACK, 9));
      connection.begin(server.accept());
      for (int i = 0; i < 100; i++) {
        peer.send("\r\n\r\n");
        assertThat(peer.read(2)).isEqualTo("\r\n");
      }
      peer.send("\r\n\r\n");
      assertThat(oneMore.await(30, TimeUnit.SECONDS)).isTrue();
      connection.close(CloseReason.LOCAL, "");
      assertThat(peer.readsNothingButTheEnd()).isTrue();
    }
  }

  @Test
  @Requirement("OBP-3")
  void whatOnlyWaitsForAPeerThatReadsNothingDoesNotRestartTheIdleTimer() throws Exception {
    List<ProxyTimers> timers = new ArrayList<>();
    ProxyTimers.Effects effects =
        new ProxyTimers.Effects() {
          @Override
          public void idleTimerFired() {
            told.add("idle");
          }
        };
    ConnectionContext context =
        new StubConnectionContext(
            time,
            io,
            (connection, traffic, inOrder) -> {
              timers.add(new ProxyTimers(traffic, effects));
              return new Telling(connection);
            },
            anyPort());
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort());
        Socket silent = new Socket(LOOPBACK, server.socket().getLocalPort())) {
      assertThat(silent.isConnected()).isTrue();
      SocketConnection connection =
          SocketConnection.accepted(
              context, StubConnectionContext.User.NOBODY, new InetSocketAddress(LOOPBACK, 9));
      SocketChannel channel = server.accept();
      channel.setOption(StandardSocketOptions.SO_SNDBUF, 4_096);
      connection.begin(channel);
      timers.get(0).start(20_000, 932);
      connection.write(ByteBuffer.allocate(MORE_THAN_TCP_TAKES));
      // The system may take some more of it now and then until its own buffers are full.
      for (int i = 0; i < 20 && !told.contains("idle"); i++) {
        connection.write(ByteBuffer.allocate(1));
        time.advanceSeconds(500);
      }
      assertThat(told).contains("idle");
      timers.get(0).stop();
      connection.close(CloseReason.LOCAL, "");
    }
  }

  @Test
  void keepAlivesThatAreReadTogetherAreAnsweredOnce() throws Exception {
    ConnectionUser user =
        new StubConnectionContext.IndifferentUser() {
          @Override
          public void keepAliveReceived() {
            told.add("keep-alive");
          }
        };
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort());
        RawPeer peer = RawPeer.over(new Socket(LOOPBACK, server.socket().getLocalPort()))) {
      SocketConnection connection =
          SocketConnection.accepted(around(), user, new InetSocketAddress(LOOPBACK, 9));
      connection.begin(server.accept());
      connection.received(ByteBuffer.wrap("\r\n\r\n".repeat(50).getBytes(US_ASCII)));
      assertThat(peer.read(2)).isEqualTo("\r\n");
      connection.close(CloseReason.LOCAL, "");
      assertThat(peer.readsNothingButTheEnd()).isTrue();
      assertThat(told).containsOnlyOnce("keep-alive");
    }
  }

  @Test
  void anEndForWhichThereIsNoHeapAtFirstComesToItsEnd() throws Exception {
    AtomicInteger lacks = new AtomicInteger(3);
    ConnectionUser user =
        new StubConnectionContext.IndifferentUser() {
          @Override
          public void closed() {
            if (lacks.getAndDecrement() > 0) {
              throw new OutOfMemoryError("no heap, expected by this test");
            }
            told.add("closed");
          }
        };
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort());
        RawPeer peer = RawPeer.over(new Socket(LOOPBACK, server.socket().getLocalPort()))) {
      SocketConnection connection =
          SocketConnection.accepted(around(), user, new InetSocketAddress(LOOPBACK, 9));
      connection.begin(server.accept());
      connection.close(CloseReason.LOCAL, "");
      time.advance(TimeUnit.SECONDS.toNanos(1));
      assertThat(peer.readsEnd()).isTrue();
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(told).endsWith("closed", "end").doesNotHaveDuplicates();
  }

  @Test
  void noTimerIsLeftOfAConnectionThatEndsBeforeItConnects() throws Exception {
    closesDuring = "connecting";
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection =
          SocketConnection.to(around(), StubConnectionContext.User.NOBODY, addressOf(peer), null);
      connection.attempt().connect().handle((c, failure) -> c).get(30, TimeUnit.SECONDS);
    }
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void aSocketThatComesAfterTheEndIsClosed() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort());
        SocketChannel peer = SocketChannel.open(server.getLocalAddress());
        SocketChannel accepted = server.accept()) {
      SocketConnection connection =
          SocketConnection.accepted(
              around(),
              StubConnectionContext.User.NOBODY,
              (InetSocketAddress) peer.getLocalAddress());
      connection.close(CloseReason.SHUTDOWN, "");
      connection.begin(accepted);
      assertThat(accepted.isOpen()).isFalse();
    }
  }

  private SocketConnection to(ConnectionContext context, ServerSocket peer) throws IOException {
    return SocketConnection.to(context, StubConnectionContext.User.NOBODY, addressOf(peer), null);
  }

  @Test
  void whatIsWrittenBeforeTheConnectionIsOpenWaitsWithItAndArrivesInOrder() throws Exception {
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection = to(around(), peer);
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 200; i++) {
        connection.write(ByteBuffer.wrap((i + ",").getBytes(StandardCharsets.UTF_8)));
        all.append(i).append(',');
      }
      try (RawPeer accepted = RawPeer.accept(peer)) {
        assertThat(accepted.read(all.length())).isEqualTo(all.toString());
      }
    }
  }

  @Test
  void aWriteToAPeerThatDoesNotAnswerReturnsAtOnceAndItsLossIsTold() throws Exception {
    try (SilentPort silent = new SilentPort()) {
      SocketConnection connection = to(around(), silent.server());
      connection.write(ByteBuffer.wrap(new byte[10]));
      BlockingQueue<IOException> lost = new LinkedBlockingQueue<>();
      connection.attempt().whenLost(lost::add);
      time.advance(TimeUnit.SECONDS.toNanos(4));
      assertThat(lost).isEmpty();
      time.advance(TimeUnit.SECONDS.toNanos(1));
      assertThat(lost.poll(30, TimeUnit.SECONDS)).hasMessageContaining("no answer within 5 s");
    }
  }

  @Test
  void whatWaitsForAConnectionIsBounded() throws Exception {
    try (SilentPort silent = new SilentPort()) {
      SocketConnection connection = to(around(), silent.server());
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10; i++) {
                  connection.write(ByteBuffer.wrap(new byte[1_000_000]));
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("MAX_WRITE_QUEUE_BYTES");
      assertThat(connection.isClosed()).isTrue();
    }
  }

  @Test
  void aHopThatDidNotAnswerFailsAtOnceForFiveSecondsAndIsTriedThenAgain() throws Exception {
    ConnectionContext around = around();
    try (SilentPort silent = new SilentPort()) {
      SocketConnection first = to(around, silent.server());
      first.write(ByteBuffer.wrap(new byte[10]));
      time.advance(TimeUnit.SECONDS.toNanos(5));
      assertThat(first.isClosed()).isTrue();
      time.advance(TimeUnit.SECONDS.toNanos(5) - 1);
      SocketConnection second = to(around, silent.server());
      assertThatThrownBy(() -> second.write(ByteBuffer.wrap(new byte[10])))
          .hasMessageContaining("it did not answer in time 4999 ms ago");
      assertThatThrownBy(() -> to(around, silent.server()).attempt().awaitOpen())
          .hasMessageContaining("it did not answer in time");
      time.advance(1);
      SocketConnection third = to(around, silent.server());
      third.write(ByteBuffer.wrap(new byte[10]));
      assertThat(third.isClosed()).isFalse();
      third.close(CloseReason.LOCAL, "");
    }
  }

  @Test
  void messagesThatTakeLongHoldHalfOfTheWorkers() throws Exception {
    List<Thread> called = new CopyOnWriteArrayList<>();
    StackWorkers six =
        new StackWorkers(6) {
          @Override
          public void execute(Runnable work) {
            Thread thread = new Thread(work, "worker");
            called.add(thread);
            thread.start();
          }
        };
    AtomicInteger begun = new AtomicInteger();
    CountDownLatch release = new CountDownLatch(1);
    StubConnectionContext.IndifferentUser takesLong =
        new StubConnectionContext.IndifferentUser() {
          @Override
          public void message(byte[] head, byte[] body) {
            begun.incrementAndGet();
            try {
              assertThat(release.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        };
    SocketIo withSix = TestIo.start(kind, time, six);
    try {
      SocketConnection connection =
          SocketConnection.accepted(
              new StubConnectionContext(
                  time, withSix, (of, traffic, inOrder) -> new Telling(of), anyPort()),
              takesLong,
              new InetSocketAddress(LOOPBACK, 9));
      for (int i = 0; i < 6; i++) {
        String head = "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: " + i + "\r\n\r\n";
        connection.message(head.getBytes(StandardCharsets.UTF_8), new byte[0]);
      }
      await()
          .until(
              () -> {
                time.advance(TimeUnit.MILLISECONDS.toNanos(10));
                return begun.get() == 3;
              });
      // None of them moves on.
      time.advance(TimeUnit.SECONDS.toNanos(1));
      assertThat(called).hasSize(3);
    } finally {
      release.countDown();
      for (Thread thread : called) {
        thread.join(30_000);
      }
      withSix.stop();
    }
  }

  private ConnectionContext around() {
    return around(anyPort());
  }

  private ConnectionContext around(InetSocketAddress listeningPoint) {
    return new StubConnectionContext(
        time, io, (connection, traffic, inOrder) -> new Telling(connection), listeningPoint);
  }

  @Test
  void aListeningPointWhoseAddressTheMachineHasLostConnectsFromAnotherAndSaysWhatToDo()
      throws Exception {
    ConnectionContext lost = around(new InetSocketAddress("192.0.2.123", 5060));
    try (CapturedLog log = new CapturedLog(PeerWarnings.class, Level.WARN);
        ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection = to(lost, peer);
      connection.attempt().connect().get(30, TimeUnit.SECONDS);
      assertThat(connection.localAddress().getAddress()).isEqualTo(LOOPBACK);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains(
              "leaves from 127.0.0.1, because this machine has no longer the address"
                  + " 192.0.2.123:5060 of its listening point",
              "create a listening point on a present address and register again");
    }
  }

  @Test
  void aConnectThatFailsSaysSoAndNotThatAConnectionIsClosed() throws Exception {
    int port;
    try (ServerSocket none = new ServerSocket(0, 1, LOOPBACK)) {
      port = none.getLocalPort();
    }
    SocketConnection connection =
        SocketConnection.to(
            around(),
            StubConnectionContext.User.NOBODY,
            new InetSocketAddress(LOOPBACK, port),
            "proxy.contoso.test");
    assertThatThrownBy(() -> connection.attempt().connect().get(30, TimeUnit.SECONDS))
        .cause()
        .hasMessage(
            "Could not connect to proxy.contoso.test (127.0.0.1:"
                + port
                + "/TCP): Connection refused")
        .isInstanceOfSatisfying(
            ConnectFailedException.class, e -> assertThat(e.isOfThisMachine()).isFalse());
  }

  /** A multicast address cannot be connected to from anywhere: TCP has no way there. */
  @Test
  void aFaultOfThisMachineIsToldFromOneOfThePeer() throws Exception {
    SocketConnection connection =
        SocketConnection.to(
            around(new InetSocketAddress("0.0.0.0", 0)),
            StubConnectionContext.User.NOBODY,
            new InetSocketAddress("224.0.0.1", 5060),
            null);
    assertThatThrownBy(() -> connection.attempt().connect().get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            ConnectFailedException.class, e -> assertThat(e.isOfThisMachine()).isTrue());
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(LOOPBACK, 0);
  }

  private static InetSocketAddress addressOf(ServerSocket socket) {
    return new InetSocketAddress(LOOPBACK, socket.getLocalPort());
  }

  /** Writes down what is told, and has another thread close the connection in the middle of it. */
  private final class Telling extends StubHandler {

    private final TransportConnection connection;

    Telling(TransportConnection connection) {
      this.connection = connection;
    }

    private void tell(String what) {
      told.add(what);
      if (what.equals(closesDuring)) {
        Thread other = new Thread(() -> connection.close(CloseReason.SHUTDOWN, ""));
        other.start();
        try {
          other.join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      told.add(what + " done");
    }

    @Override
    public void connecting() {
      tell("connecting");
    }

    @Override
    public void established() {
      tell("established");
    }

    @Override
    public void closed(CloseReason reason, String detail) {
      told.add("end");
      ended.countDown();
    }
  }
}
