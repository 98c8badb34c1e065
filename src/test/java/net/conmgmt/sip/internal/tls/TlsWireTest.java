package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.TestIo;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS over a socket's wire, with a peer that is not this library. */
@ParameterizedClass(name = "{0} {1}")
@CsvSource({"nio, TLSv1.2", "nio, TLSv1.3", "blocking, TLSv1.2", "blocking, TLSv1.3"})
class TlsWireTest {

  private static final int MAX_WAITING = 4 * 1024 * 1024;

  private final String kind;
  private final String version;
  private final VirtualScheduler time = new VirtualScheduler(0);
  private final MemoryBudget memory = new MemoryBudget(100_000_000);
  private final CountDownLatch ready = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CompletableFuture<IOException> failure = new CompletableFuture<>();
  private final AtomicInteger engines = new AtomicInteger();
  private final AtomicInteger receivedBytes = new AtomicInteger();
  private volatile boolean heapIsExhausted;
  private SocketIo io;
  private ServerSocketChannel server;
  private SSLSocket peer;
  private Socket tcp;
  private TlsWire wire;

  TlsWireTest(String kind, String version) {
    this.kind = kind;
    this.version = version;
  }

  private final class Owner implements TlsWire.Owner {

    @Override
    public void spokeSecured() {}

    @Override
    public void securing() {}

    @Override
    public void secured(SSLSession session) {}

    @Override
    public void connected() {
      ready.countDown();
    }

    @Override
    public void received(ByteBuffer bytes) {
      receivedBytes.addAndGet(bytes.remaining());
    }

    @Override
    public void ended() {
      wire.close(null);
      ended.countDown();
    }

    @Override
    public void failed(IOException cause) {
      wire.close(null);
      failure.complete(cause);
    }

    @Override
    public void wroteQueued(boolean all) {}
  }

  @BeforeEach
  void connect(@TempDir Path folder) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    io = TestIo.start(kind, time);
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    tcp = new Socket(InetAddress.getLoopbackAddress(), server.socket().getLocalPort());
    SSLEngine engine =
        authority
            .issue()
            .commonName("x")
            .names("ip:127.0.0.1")
            .make()
            .serverContext()
            .createSSLEngine();
    engine.setUseClientMode(false);
    wire =
        new TlsWire(
            () -> {
              engines.incrementAndGet();
              if (heapIsExhausted) {
                throw new OutOfMemoryError("no heap for an engine");
              }
              return engine;
            },
            io,
            () -> new WriteQueue(MAX_WAITING, memory),
            memory,
            time,
            false,
            new Owner());
    wire.begin(server.accept());
    peer =
        (SSLSocket)
            authority
                .clientContext()
                .getSocketFactory()
                .createSocket(tcp, "127.0.0.1", tcp.getPort(), true);
    peer.setEnabledProtocols(new String[] {version});
    peer.setSoTimeout(20_000);
  }

  private void shakeHands() throws Exception {
    peer.startHandshake();
    peer.getOutputStream().write(1);
    await().until(() -> receivedBytes.get() == 1);
    assertThat(ready.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @AfterEach
  void end() throws IOException {
    wire.close(null);
    peer.close();
    server.close();
    io.stop();
    assertThat(memory.takenBytes()).isZero();
  }

  private static byte[] random(int count) {
    byte[] bytes = new byte[count];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private CompletableFuture<byte[]> read(int count) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new DataInputStream(peer.getInputStream()).readNBytes(count);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void aLargeMessageIsMadeRecordByRecordAndNeedsNoMemoryBesideItself() throws Exception {
    shakeHands();
    byte[] large = random(8 * 1024 * 1024);
    CompletableFuture<byte[]> read = read(large.length);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    wire.write(ByteBuffer.wrap(large));
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(large);
    assertThat(allocated).isLessThan(2L * large.length);
  }

  @Test
  void messagesOfEverySizeArriveWholeAndInOrder() throws Exception {
    shakeHands();
    int[] sizes = {1, 100, 16_384, 16_385, 3, 500_000, 70_000, 10};
    CompletableFuture<byte[]> read = read(Arrays.stream(sizes).sum());
    for (int size : sizes) {
      byte[] bytes = new byte[size];
      Arrays.fill(bytes, (byte) size);
      wire.write(ByteBuffer.wrap(bytes));
    }
    byte[] all = read.get(30, TimeUnit.SECONDS);
    int at = 0;
    for (int size : sizes) {
      byte[] bytes = new byte[size];
      Arrays.fill(bytes, (byte) size);
      assertThat(Arrays.copyOfRange(all, at, at + size)).isEqualTo(bytes);
      at += size;
    }
  }

  @Test
  void whatIsWrittenBeforeTheHandshakeGoesOutAfterIt() throws Exception {
    byte[] early = random(100_000);
    wire.write(ByteBuffer.wrap(early));
    CompletableFuture<byte[]> read = read(early.length);
    assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(early);
  }

  @Test
  void aPeerThatReadsGetsAllThatWasWrittenBeforeTheClose() throws Exception {
    shakeHands();
    byte[] large = random(6 * 1024 * 1024);
    wire.write(ByteBuffer.wrap(large));
    wire.close(null);
    assertThat(read(large.length + 1).get(30, TimeUnit.SECONDS)).isEqualTo(large);
  }

  @Test
  void aPeerThatEndsTlsWhileSomethingWaitsForItIsLetGo() throws Exception {
    shakeHands();
    wire.write(ByteBuffer.wrap(random(6 * 1024 * 1024)));
    peer.shutdownOutput();
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
  }

  /** As a client does that was not served in time. */
  @Test
  void whoLeavesBeforeTheHandshakeHasBegunCostsNoWork() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      io.handshakes().execute(this, () -> awaitQuietly(busy), true);
    }
    // The head of a ClientHello; the rest is never looked at.
    tcp.getOutputStream().write(new byte[] {22, 3, 1, 0, 100, 1, 0, 0, 96});
    tcp.close();
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    busy.countDown();
    CountDownLatch after = new CountDownLatch(1);
    io.handshakes().execute(this, after::countDown, false);
    assertThat(after.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(engines).hasValue(0);
  }

  @Test
  void anErrorInAHandshakeEndsItsConnectionAndNoThread() throws Exception {
    heapIsExhausted = true;
    // The head of a ClientHello.
    tcp.getOutputStream().write(new byte[] {22, 3, 1, 0, 100, 1, 0, 0, 96});
    assertThat(failure.get(30, TimeUnit.SECONDS)).hasMessageContaining("no heap for an engine");
    CountDownLatch after = new CountDownLatch(1);
    io.handshakes().execute(this, after::countDown, false);
    assertThat(after.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aRecordThatIsNotCompleteCountsInTheMemoryOfAllConnections() throws Exception {
    shakeHands();
    // The head of a record of 16 kB, and half of it.
    byte[] half = new byte[8_005];
    half[0] = 23;
    half[1] = 3;
    half[2] = 3;
    half[3] = 0x40;
    tcp.getOutputStream().write(half);
    await().until(() -> memory.takenBytes() >= half.length);
    tcp.close();
    await().until(() -> memory.takenBytes() == 0);
  }
}
