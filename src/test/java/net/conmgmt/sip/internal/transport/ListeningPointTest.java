package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import gov.nist.javax.sip.ListeningPointImpl;
import gov.nist.javax.sip.SipStackImpl;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import javax.sip.InvalidArgumentException;
import javax.sip.SipFactory;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A listening point and its table of connections, when several things happen in one instant. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class ListeningPointTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final String io;
  private SipStackImpl stack;
  private StackScope scope;

  ListeningPointTest(String io) {
    this.io = io;
  }

  @BeforeEach
  void makeStack() throws Exception {
    Properties properties =
        Stacks.managed(IoKinds.PROPERTY, io, "net.conmgmt.sip.KEEP_ALIVE_SPREAD", "50");
    properties.setProperty("javax.sip.STACK_NAME", "listening-" + Stacks.freePort());
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    stack = (SipStackImpl) factory.createSipStack(properties);
    scope = StackScope.of(stack);
  }

  @AfterEach
  void stopStack() {
    StackStop.of(stack);
  }

  private ManagedMessageProcessor listen() throws Exception {
    ListeningPointImpl point =
        (ListeningPointImpl) stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp");
    return (ManagedMessageProcessor) point.getMessageProcessor();
  }

  /**
   * Something in the middle of taking a connection in fails, as little as that is to be expected.
   */
  @Test
  void whatCannotBeTakenInIsClosedAndAcceptingGoesOn() throws Exception {
    AtomicBoolean failsWithError = new AtomicBoolean();
    Semaphore failures = new Semaphore(2);
    RandomGenerator random =
        () -> {
          if (failures.tryAcquire()) {
            if (failsWithError.getAndSet(true)) {
              throw new OutOfMemoryError("no heap");
            }
            throw new IllegalStateException("no number");
          }
          return 4;
        };
    scope.put(RandomGenerator.class, random);
    int port = listen().getPort();
    for (int i = 0; i < 2; i++) {
      try (RawPeer peer = RawPeer.connect(port)) {
        assertThat(peer.readsEnd()).isTrue();
      }
    }
    try (RawPeer peer = RawPeer.connect(port)) {
      peer.send("\r\n\r\n");
      assertThat(peer.read(2)).isEqualTo("\r\n");
    }
  }

  @Test
  void aStackThatStopsAcceptingServesWhoIsConnectedAndStillConnectsItself() throws Exception {
    int port = listen().getPort();
    try (RawPeer connected = RawPeer.connect(port);
        ServerSocket server = new ServerSocket(0, 2, LOOPBACK)) {
      connected.send("\r\n\r\n");
      assertThat(connected.read(2)).isEqualTo("\r\n");

      ConnectionManagement.of(stack).stopAccepting();

      assertThatThrownBy(() -> RawPeer.connect(port)).isInstanceOf(ConnectException.class);
      connected.send("\r\n\r\n");
      assertThat(connected.read(2)).isEqualTo("\r\n");
      InetSocketAddress target = new InetSocketAddress(LOOPBACK, server.getLocalPort());
      Connector connector = Objects.requireNonNull(scope.find(Connector.class));
      assertThat(
              connector
                  .connect(new ConnectionTarget(target, "TCP", null))
                  .get(30, TimeUnit.SECONDS)
                  .isOpen())
          .isTrue();
    }
  }

  /** A listener, for instance, that was interrupted while it waited for something. */
  @Test
  void acceptingGoesOnThoughItsThreadWasLeftInterrupted() throws Exception {
    CompletableFuture<Thread> accepting = new CompletableFuture<>();
    RandomGenerator random =
        () -> {
          accepting.complete(Thread.currentThread());
          Thread.currentThread().interrupt();
          return 4;
        };
    scope.put(RandomGenerator.class, random);
    int port = listen().getPort();
    for (int i = 0; i < 2; i++) {
      try (RawPeer peer = RawPeer.connect(port)) {
        peer.send("\r\n\r\n");
        assertThat(peer.read(2)).isEqualTo("\r\n");
      }
    }
    Thread acceptor = accepting.join();
    await().until(() -> !acceptor.isInterrupted());
  }

  /** Closing a connection and taking it out of the table are two steps; here the second waits. */
  @Test
  void aConnectionThatHasJustClosedIsNotUsedAgain() throws Exception {
    try (WaitingScheduler scheduler = new WaitingScheduler();
        ServerSocket server = new ServerSocket(0, 2, LOOPBACK)) {
      scope.put(Scheduler.class, scheduler);
      ManagedMessageProcessor processor = listen();
      ManagedMessageChannel first = processor.channelTo(LOOPBACK, server.getLocalPort(), null);
      first.connection().attempt().connect().get(30, TimeUnit.SECONDS);
      try (RawPeer peer = RawPeer.accept(server)) {
        scheduler.scheduled.drainPermits();
        peer.send("SIP/2.0 200 OK\r\n");
        assertThat(scheduler.scheduled.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        scheduler.waits = true;
        Thread closing = new Thread(() -> first.connection().close(""));
        closing.start();
        assertThat(scheduler.waiting.await(30, TimeUnit.SECONDS)).isTrue();

        ManagedMessageChannel second = processor.channelTo(LOOPBACK, server.getLocalPort(), null);

        scheduler.goOn.countDown();
        closing.join();
        assertThat(second).isNotSameAs(first);
        assertThat(processor.channelTo(LOOPBACK, server.getLocalPort(), null)).isSameAs(second);
      }
    }
  }

  /** Who makes a connection asks for the time, half-way; here it waits for that. */
  @Test
  void aConnectionThatIsMadeWhileItsListeningPointStopsIsClosed() throws Exception {
    try (WaitingScheduler scheduler = new WaitingScheduler()) {
      scope.put(Scheduler.class, scheduler);
      ManagedMessageProcessor stopping = listen();
      listen();
      CompletableFuture<ManagedMessageChannel> made = new CompletableFuture<>();
      Thread maker =
          new Thread(
              () -> {
                try {
                  made.complete(stopping.channelTo(LOOPBACK, 9, null));
                } catch (IOException e) {
                  made.completeExceptionally(e);
                }
              });
      scheduler.timeless = maker;
      maker.start();
      assertThat(scheduler.waiting.await(30, TimeUnit.SECONDS)).isTrue();
      stopping.stop();
      scheduler.goOn.countDown();
      assertThat(made.get(30, TimeUnit.SECONDS).connection().isClosed()).isTrue();
    }
  }

  @Test
  void anAcceptedConnectionLeavesTheOneAloneThatWasOpenedToThePortItComesFrom() throws Exception {
    ManagedMessageProcessor processor = listen();
    ServerSocket server = new ServerSocket(0, 2, LOOPBACK);
    int port = server.getLocalPort();
    ManagedMessageChannel opened = processor.channelTo(LOOPBACK, port, null);
    opened.connection().attempt().connect().get(30, TimeUnit.SECONDS);
    try (RawPeer peer = RawPeer.accept(server)) {
      server.close();
      Socket socket = new Socket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(LOOPBACK, port));
      socket.connect(new InetSocketAddress(LOOPBACK, processor.getPort()));
      try (RawPeer same = RawPeer.over(socket)) {
        same.send("\r\n\r\n");
        assertThat(same.read(2)).isEqualTo("\r\n");
        assertThat(opened.connection().isOpen()).isTrue();
        assertThat(processor.channelTo(LOOPBACK, port, null)).isSameAs(opened);
        peer.reset();
        await().until(() -> opened.connection().isClosed());
        assertThat(processor.channelTo(LOOPBACK, port, null).connection().side())
            .isEqualTo(ManagedConnection.Side.PROXY);
      }
    }
  }

  @Test
  void aConnectionThatNothingIsSentOnDoesNotStay() throws Exception {
    List<Runnable> due = new ArrayList<>();
    try (SystemScheduler real = new SystemScheduler("test-timer")) {
      scope.put(
          Scheduler.class,
          new Scheduler() {
            @Override
            public long nanoTime() {
              return real.nanoTime();
            }

            @Override
            public Task schedule(Runnable task, long delayNanos) {
              if (delayNanos == TimeUnit.SECONDS.toNanos(32)) {
                due.add(task);
              }
              return real.schedule(task, delayNanos);
            }
          });
      ManagedMessageProcessor processor = listen();
      ManagedMessageChannel never = processor.channelTo(LOOPBACK, 9, null);
      assertThat(processor.channelTo(LOOPBACK, 9, null)).isSameAs(never);
      due.forEach(Runnable::run);
      assertThat(never.connection().isClosed()).isTrue();
      assertThat(processor.channelTo(LOOPBACK, 9, null)).isNotSameAs(never);
    }
  }

  @Test
  void anAddressThatWasLookedUpByNameKeepsItsName() throws Exception {
    ManagedMessageProcessor processor = listen();
    InetAddress named = InetAddress.getByAddress("ack.contoso.test", LOOPBACK.getAddress());
    ManagedMessageChannel channel =
        (ManagedMessageChannel) processor.createMessageChannel(named, 9);
    assertThat(channel.peerName()).isEqualTo("ack.contoso.test");
    InetAddress nameless = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    channel = (ManagedMessageChannel) processor.createMessageChannel(nameless, 9);
    assertThat(channel.peerName()).isNull();
  }

  @Test
  void anAddressOfANameThatWasFoundTakesTheConnectionToThatName() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 2, LOOPBACK)) {
      ManagedMessageProcessor processor = listen();
      InetSocketAddress found = new InetSocketAddress(LOOPBACK, server.getLocalPort());
      ManagedConnection connection =
          processor
              .connect(new ConnectionTarget(found, "TCP", "proxy.contoso.test"))
              .get(30, TimeUnit.SECONDS);
      InetAddress other = InetAddress.getByAddress("proxy.contoso.test", new byte[] {127, 0, 0, 2});
      ManagedMessageChannel channel =
          (ManagedMessageChannel) processor.createMessageChannel(other, server.getLocalPort());
      assertThat(channel.connection()).isSameAs(connection);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "tls", "ws", "wss", "udp"})
  void aPortThatWasInUseCanBeListenedOnLater(String transport) throws Exception {
    int port = Stacks.freePort();
    Closeable user = used(port, transport);
    assertThatThrownBy(() -> stack.createListeningPoint("127.0.0.1", port, transport))
        .isInstanceOf(InvalidArgumentException.class);
    assertThat(stack.getListeningPoints().hasNext()).isFalse();
    user.close();
    stack.createListeningPoint("127.0.0.1", port, transport);
    assertThatThrownBy(() -> used(port, transport)).isInstanceOf(BindException.class);
  }

  private static Closeable used(int port, String transport) throws IOException {
    return transport.equals("udp")
        ? new DatagramSocket(port, LOOPBACK)
        : new ServerSocket(port, 1, LOOPBACK);
  }

  /** Real time; who calls a task off waits when told to, and so does a thread for the time. */
  private static final class WaitingScheduler implements Scheduler, AutoCloseable {

    private final SystemScheduler real = new SystemScheduler("test-timer");
    private final Semaphore scheduled = new Semaphore(0);
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean waits;
    private volatile @Nullable Thread timeless;

    private void await() {
      waiting.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public long nanoTime() {
      if (Thread.currentThread() == timeless) {
        await();
      }
      return real.nanoTime();
    }

    @Override
    public Task schedule(Runnable task, long delayNanos) {
      Task inner = real.schedule(task, delayNanos);
      scheduled.release();
      return () -> {
        if (waits) {
          await();
        }
        inner.cancel();
      };
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
