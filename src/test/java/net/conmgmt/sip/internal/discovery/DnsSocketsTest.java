package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import net.conmgmt.sip.internal.time.NamedThreads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one thread that waits for the answers to all stacks' queries, over real sockets. */
@Timeout(60)
class DnsSocketsTest {

  private static final Duration LONGEST = Duration.ofMinutes(1);

  private DatagramSocket server;

  /** Hands over what {@code taken} makes of each message. */
  private record Hearer(Function<byte[], Boolean> taken, CompletableFuture<IOException> failure)
      implements DnsTransport.Listener {

    @Override
    public boolean received(byte[] message) {
      return taken.apply(message);
    }

    @Override
    public void failed(IOException cause) {
      failure.complete(cause);
    }
  }

  @BeforeEach
  void startServer() throws IOException {
    server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private DnsTransport.Exchange ask(DnsSockets sockets, int number, Function<byte[], Boolean> taken)
      throws IOException {
    return sockets.ask(
        address(), false, new byte[] {(byte) number}, LONGEST, new Hearer(taken, failure()));
  }

  private InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  private DatagramPacket receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[10], 10);
    server.receive(packet);
    return packet;
  }

  private static Function<byte[], Boolean> into(CompletableFuture<byte[]> answer) {
    return answer::complete;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatCannotBeReadCostsTheOtherQueriesNothing(boolean noHeap) throws Exception {
    DnsSockets sockets = new DnsSockets(new NamedThreads("test-dns"));
    CompletableFuture<byte[]> before = new CompletableFuture<>();
    DnsTransport.Exchange unused = ask(sockets, 1, into(before));
    DatagramPacket first = receive();
    CompletableFuture<?> breaking = new CompletableFuture<>();
    DnsTransport.Exchange broken =
        ask(
            sockets,
            2,
            message -> {
              breaking.complete(null);
              if (noHeap) {
                throw new OutOfMemoryError("test");
              }
              throw new IllegalStateException("test");
            });
    server.send(receive());
    breaking.get(30, TimeUnit.SECONDS);
    CompletableFuture<byte[]> after = new CompletableFuture<>();
    DnsTransport.Exchange unusedToo = ask(sockets, 3, into(after));
    server.send(receive());
    assertThat(after.get(30, TimeUnit.SECONDS)).containsExactly(3);
    server.send(first);
    assertThat(before.get(30, TimeUnit.SECONDS)).containsExactly(1);
    broken.close();
  }

  @Test
  void whereNoThreadCanBeStartedTheNextQueryTriesAgain() throws Exception {
    ThreadFactory threads = new NamedThreads("test-dns");
    CompletableFuture<?> refused = new CompletableFuture<>();
    DnsSockets sockets =
        new DnsSockets(
            work -> {
              if (refused.complete(null)) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              return threads.newThread(work);
            });
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    assertThatThrownBy(() -> ask(sockets, 1, into(answer))).isInstanceOf(OutOfMemoryError.class);
    DatagramPacket lost = receive();
    DnsTransport.Exchange unused = ask(sockets, 2, into(answer));
    server.send(lost);
    server.send(receive());
    assertThat(answer.get(30, TimeUnit.SECONDS)).containsExactly(2);
  }

  @Test
  void theThreadEndsWithTheLastQueryAndNoSooner() throws Exception {
    List<Thread> started = new CopyOnWriteArrayList<>();
    DnsSockets sockets = new DnsSockets(noting(started));
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    DnsTransport.Exchange open = ask(sockets, 1, into(new CompletableFuture<>()));
    DatagramPacket first = receive();
    DnsTransport.Exchange unused = ask(sockets, 2, into(answer));
    server.send(receive());
    assertThat(answer.get(30, TimeUnit.SECONDS)).containsExactly(2);
    assertThat(started).singleElement().matches(Thread::isAlive);
    open.close();
    started.get(0).join();
    server.send(first);
    CompletableFuture<byte[]> later = new CompletableFuture<>();
    DnsTransport.Exchange unusedToo = ask(sockets, 3, into(later));
    server.send(receive());
    assertThat(later.get(30, TimeUnit.SECONDS)).containsExactly(3);
    assertThat(started).hasSize(2);
    started.get(1).join();
  }

  @Test
  void aQueryThatNobodyEndsIsGivenUp() throws Exception {
    List<Thread> started = new CopyOnWriteArrayList<>();
    DnsTransport.Exchange unused =
        new DnsSockets(noting(started))
            .ask(address(), false, new byte[1], Duration.ZERO, new Hearer(m -> false, failure()));
    started.get(0).join();
  }

  @Test
  void whatComesAfterTheAnswerIsNotHeard() throws Exception {
    DnsSockets sockets = new DnsSockets(new NamedThreads("test-dns"));
    BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();
    Function<byte[], Boolean> onlyTwos = message -> heard.add(message) && message[0] == 2;
    DnsTransport.Exchange unused = ask(sockets, 1, onlyTwos);
    DatagramPacket packet = receive();
    for (byte each = 1; each <= 3; each++) {
      packet.setData(new byte[] {each});
      server.send(packet);
    }
    roundTrip(sockets);
    roundTrip(sockets);
    assertThat(heard).containsExactly(new byte[] {1}, new byte[] {2});
  }

  private static void askOverTcp(DnsSockets sockets, ServerSocket server, Hearer hearer)
      throws IOException {
    DnsTransport.Exchange unused =
        sockets.ask(
            (InetSocketAddress) server.getLocalSocketAddress(),
            true,
            new byte[] {7},
            LONGEST,
            hearer);
  }

  @Test
  void anAnswerOverTcpMayComeByteByByteAndEndsTheConnection() throws Exception {
    DnsSockets sockets = new DnsSockets(new NamedThreads("test-dns"));
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      askOverTcp(sockets, tcp, new Hearer(into(answer), failure()));
      try (Socket socket = tcp.accept()) {
        assertThat(socket.getInputStream().readNBytes(3)).containsExactly(0, 1, 7);
        for (byte each : new byte[] {0, 2, 8, 9}) {
          assertThat(answer).isNotDone();
          socket.getOutputStream().write(each);
          // What came before the answer to another query has been read when that has.
          roundTrip(sockets);
          roundTrip(sockets);
        }
        assertThat(answer.get(30, TimeUnit.SECONDS)).containsExactly(8, 9);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void aServerThatClosesTheConnectionBeforeItsAnswerHasFailed() throws Exception {
    DnsSockets sockets = new DnsSockets(new NamedThreads("test-dns"));
    CompletableFuture<IOException> failure = failure();
    try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      askOverTcp(sockets, tcp, new Hearer(message -> true, failure));
      try (Socket socket = tcp.accept()) {
        assertThat(socket.getInputStream().readNBytes(3)).hasSize(3);
        socket.getOutputStream().write(0);
      }
      assertThat(failure.get(30, TimeUnit.SECONDS)).hasMessageContaining("before its answer");
    }
  }

  private void roundTrip(DnsSockets sockets) throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    DnsTransport.Exchange unused = ask(sockets, 4, into(answer));
    server.send(receive());
    assertThat(answer.get(30, TimeUnit.SECONDS)).containsExactly(4);
  }

  private static ThreadFactory noting(List<Thread> started) {
    ThreadFactory threads = new NamedThreads("test-dns");
    return work -> {
      Thread thread = threads.newThread(work);
      started.add(thread);
      return thread;
    };
  }

  private static CompletableFuture<IOException> failure() {
    return new CompletableFuture<>();
  }
}
