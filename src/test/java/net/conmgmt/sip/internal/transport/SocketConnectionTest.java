package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.TestIo;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection that ends while it begins. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class SocketConnectionTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

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
      connection.connect().handle((c, failure) -> c).get(10, TimeUnit.SECONDS);
      assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
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
      connection.connect().handle((c, failure) -> c).get(10, TimeUnit.SECONDS);
      assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(told).containsExactly("connecting", "connecting done", "end");
  }

  @Test
  void noTimerIsLeftOfAConnectionThatEndsBeforeItConnects() throws Exception {
    closesDuring = "connecting";
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection =
          SocketConnection.to(around(), StubConnectionContext.User.NOBODY, addressOf(peer), null);
      connection.connect().handle((c, failure) -> c).get(10, TimeUnit.SECONDS);
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

  private ConnectionContext around() {
    return new StubConnectionContext(
        time, io, (connection, traffic, inOrder) -> new Telling(connection));
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(LOOPBACK, 0);
  }

  private static InetSocketAddress addressOf(ServerSocket socket) {
    return new InetSocketAddress(LOOPBACK, socket.getLocalPort());
  }

  /** Writes down what is told, and has another thread close the connection in the middle of it. */
  private final class Telling implements ConnectionHandler {

    @Override
    public void sendKeepAlive() {}

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

    @Override
    public void keepAliveReceived() {}

    @Override
    public void keepAliveAnswered() {}

    @Override
    public void messageReceived(SIPMessage message) {}

    @Override
    public void messageToSend(SIPMessage message) {}

    @Override
    public void messageSent(SIPMessage message) {}

    @Override
    public void messageRefused(String detail) {}
  }
}
