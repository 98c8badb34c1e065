package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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
        (InetSocketAddress) server.getLocalSocketAddress(),
        false,
        new byte[] {(byte) number},
        LONGEST,
        new Hearer(taken, new CompletableFuture<>()));
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
}
