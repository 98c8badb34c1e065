package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.TestIo;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is known of the end of a connection, and by whom. */
class ConnectionEndTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int CONNECTIONS = 2_000;

  private final VirtualScheduler time = new VirtualScheduler(0);
  private final CompletableFuture<CloseReason> told = new CompletableFuture<>();
  private SocketIo io;

  @BeforeEach
  void startIo() throws IOException {
    io = TestIo.start("nio", time);
  }

  @AfterEach
  void stopIo() {
    io.stop();
  }

  private SocketConnection connectionTo(int port, Scheduler scheduler) throws IOException {
    ConnectionHandler handler =
        new StubHandler() {
          @Override
          public void closed(CloseReason reason, String detail) {
            told.complete(reason);
          }
        };
    return SocketConnection.to(
        new StubConnectionContext(scheduler, io, (connection, traffic, inOrder) -> handler),
        StubConnectionContext.User.NOBODY,
        new InetSocketAddress(LOOPBACK, port),
        null);
  }

  /** A request goes to the next hop only where it is known that this one was not reached. */
  @Test
  void whoSeesThatAConnectionIsClosedKnowsWhy() throws Exception {
    List<SocketConnection> connections = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      connections.add(connectionTo(9, time));
    }
    AtomicInteger watched = new AtomicInteger(-1);
    Thread closing =
        new Thread(
            () -> {
              for (int i = 0; i < CONNECTIONS; i++) {
                while (watched.get() < i) {
                  Thread.onSpinWait();
                }
                connections.get(i).close(CloseReason.CONNECT_FAILED, "refused");
              }
            });
    closing.start();
    for (int i = 0; i < CONNECTIONS; i++) {
      watched.set(i);
      while (!connections.get(i).isClosed()) {
        Thread.onSpinWait();
      }
      assertThat(connections.get(i).notOpen()).isInstanceOf(ConnectFailedException.class);
    }
  }

  @Test
  void theEndIsToldThoughThereWasNoHeapWhenItOpened() throws Exception {
    try (ServerSocket peer = new ServerSocket(0, 1, LOOPBACK)) {
      SocketConnection connection = connectionTo(peer.getLocalPort(), new WithoutHeapOnce());
      CompletableFuture<?> unused = connection.attempt().connect();
      assertThat(told.get(30, TimeUnit.SECONDS)).isEqualTo(CloseReason.IO_ERROR);
    }
  }

  @Test
  void whatFailsOverALostMessageIsLogged() throws Exception {
    SocketConnection connection = connectionTo(9, time);
    connection
        .attempt()
        .whenLost(
            cause -> {
              throw new IllegalStateException("on purpose");
            });
    try (CapturedLog log = new CapturedLog(ConnectOutcome.class, Level.ERROR)) {
      connection.close(CloseReason.CONNECT_FAILED, "refused");
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("Could not connect to", "refused", "a step failed");
    }
  }

  /** The task that bounds the time to connect cannot be called off at first. */
  private final class WithoutHeapOnce implements Scheduler {

    private final AtomicBoolean lacksHeap = new AtomicBoolean(true);

    @Override
    public long nanoTime() {
      return time.nanoTime();
    }

    @Override
    public Task schedule(Runnable task, long delayNanos) {
      Task scheduled = time.schedule(task, delayNanos);
      return () -> {
        if (lacksHeap.getAndSet(false)) {
          throw new OutOfMemoryError("no heap, expected by this test");
        }
        scheduled.cancel();
      };
    }
  }
}
