package net.conmgmt.sip.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer still gets of what was written before its connection was closed. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class WireCloseTest {

  /** More than two sockets hold, so that most of it waits in the queue. */
  private static final int MUCH = 20_000_000;

  private static final int PEER_HOLDS = 64 * 1024;

  private static final byte[] FAREWELL = {'b', 'y', 'e'};

  private final String kind;
  private final VirtualScheduler time = new VirtualScheduler(0);
  private final MemoryBudget memory = new MemoryBudget(2 * MUCH);
  private final CountDownLatch connected = new CountDownLatch(1);
  private final AtomicInteger receivedBytes = new AtomicInteger();
  private ServerSocketChannel server;
  private SocketChannel accepted;
  private Socket peer;
  private SocketIo io;
  private Wire wire;

  WireCloseTest(String kind) {
    this.kind = kind;
  }

  @BeforeEach
  void connect() throws Exception {
    io = TestIo.start(kind, time);
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    peer = new Socket();
    // Otherwise the system lets it grow, on some machines beyond all that is written here.
    peer.setReceiveBufferSize(PEER_HOLDS);
    peer.connect(server.getLocalAddress());
    peer.setSoTimeout(10_000);
    accepted = server.accept();
    wire = io.wire(new User(), new WriteQueue(2 * MUCH, memory));
    wire.begin(accepted);
    assertThat(connected.await(30, TimeUnit.SECONDS)).isTrue();
    // The answer shows that the wire waits for its socket, not only that it has taken it.
    peer.getOutputStream().write(1);
    await().until(() -> receivedBytes.get() == 1);
  }

  @AfterEach
  void end() throws IOException {
    peer.close();
    accepted.close();
    server.close();
    io.stop();
    assertThat(memory.takenBytes()).isZero();
  }

  private final class User implements Wire.User {
    @Override
    public void connected() {
      connected.countDown();
    }

    @Override
    public void received(ByteBuffer bytes) {
      receivedBytes.addAndGet(bytes.remaining());
    }

    @Override
    public void ended() {
      wire.close(null);
    }

    @Override
    public void failed(IOException cause) {
      wire.close(null);
    }

    @Override
    public void wroteQueued(boolean all) {}
  }

  private static byte[] much() {
    byte[] bytes = new byte[MUCH];
    for (int i = 0; i < MUCH; i++) {
      bytes[i] = (byte) (i / 251);
    }
    return bytes;
  }

  private void writeMuchAndClose() throws IOException {
    wire.write(ByteBuffer.wrap(much()));
    wire.close(ByteBuffer.wrap(FAREWELL));
  }

  @Test
  void aPeerThatReadsGetsAllThatWasWrittenAndTheFarewellLast() throws Exception {
    writeMuchAndClose();
    DataInputStream in = new DataInputStream(peer.getInputStream());
    assertThat(in.readNBytes(MUCH)).isEqualTo(much());
    assertThat(in.readAllBytes()).isEqualTo(FAREWELL);
    await().until(() -> !accepted.isOpen());
    await().untilAsserted(() -> assertThat(time.pendingTasks()).isZero());
  }

  @Test
  void theSocketOfAPeerThatDoesNotReadIsClosedAfterOneSecond() throws Exception {
    writeMuchAndClose();
    time.advance(TimeUnit.MILLISECONDS.toNanos(999));
    assertThat(accepted.isOpen()).isTrue();
    time.advance(TimeUnit.MILLISECONDS.toNanos(1));
    assertThat(accepted.isOpen()).isFalse();
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void nothingIsReadAfterTheClose() throws Exception {
    writeMuchAndClose();
    peer.getOutputStream().write(new byte[1_000]);
    wire.pauseReading(true);
    wire.pauseReading(false);
    // More than was on its way: the selector has come round several times.
    assertThat(peer.getInputStream().readNBytes(MUCH / 2)).hasSize(MUCH / 2);
    assertThat(receivedBytes).hasValue(1);
    assertThat(accepted.isOpen()).isTrue();
  }

  @Test
  void aPeerThatHangsUpMeanwhileIsNotWaitedFor() throws Exception {
    writeMuchAndClose();
    peer.setSoLinger(true, 0);
    peer.close();
    await().until(() -> !accepted.isOpen());
    await().untilAsserted(() -> assertThat(time.pendingTasks()).isZero());
  }

  @Test
  void theStopClosesTheSocketThoughThePeerDoesNotRead() throws Exception {
    writeMuchAndClose();
    io.stop();
    assertThat(accepted.isOpen()).isFalse();
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void whatIsClosedAfterTheStopWaitsForNobody() throws Exception {
    wire.write(ByteBuffer.wrap(much()));
    io.stop();
    assertThatCode(() -> wire.close(ByteBuffer.wrap(FAREWELL))).doesNotThrowAnyException();
    assertThat(accepted.isOpen()).isFalse();
    assertThat(time.pendingTasks()).isZero();
  }
}
