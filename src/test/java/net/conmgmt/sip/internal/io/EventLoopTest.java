package net.conmgmt.sip.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each byte of a pipe is a message here; what becomes of it is its step. */
class EventLoopTest {

  private final Clock clock = new Clock();
  private final BlockingQueue<Thread> readers = new LinkedBlockingQueue<>();
  private final BlockingQueue<Thread> steps = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final LoopThreads threads = new LoopThreads("test-loop");
  private StackWorkers workers;
  private EventLoop loop;
  private Pipe pipe;

  @BeforeEach
  void start() throws IOException {
    start(2);
  }

  private void start(int size) throws IOException {
    workers = new StackWorkers(size);
    workers.start("test-worker");
    loop = EventLoop.ofMany(threads, workers, clock);
    pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    loop.register(pipe.source(), SelectionKey.OP_READ, new Messages());
  }

  @AfterEach
  void end() throws IOException {
    goOn.countDown();
    loop.stop();
    workers.stop();
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void aStepThatComesAloneGoesOnInTheThreadThatReadItWhichThenWaitsForTheSocketsAgain()
      throws Exception {
    message('-');
    Thread reader = next(readers);
    assertThat(next(steps)).isSameAs(reader);
    awaitEndOfStep();
    clock.advance(10 * LeaderFollowers.LOOK_NANOS);
    message('-');
    assertThat(next(steps)).isSameAs(next(readers)).isSameAs(reader);
  }

  @Test
  void whileAStepTakesLongAnotherThreadWaitsForTheSocketsAndWorkersTakeTheSteps() throws Exception {
    message('h');
    Thread held = next(steps);
    assertThat(next(readers)).isSameAs(held);
    clock.advance(LeaderFollowers.LOOK_NANOS);
    message('-');
    Thread other = next(readers);
    assertThat(other).isNotSameAs(held);
    assertThat(next(steps)).isNotSameAs(held).isNotSameAs(other);
  }

  @Test
  void aLaterStepThatTakesLongIsSeenAsSoon() throws Exception {
    message('-');
    next(readers);
    next(steps);
    message('h');
    Thread held = next(readers);
    next(steps);
    clock.advance(2 * LeaderFollowers.LOOK_NANOS);
    message('-');
    assertThat(next(readers)).isNotSameAs(held);
  }

  @Test
  void someTimeAfterAStepThatTookLongStepsGoOnInTheThreadThatReadThemAgain() throws Exception {
    message('h');
    next(readers);
    next(steps);
    clock.advance(2 * LeaderFollowers.LOOK_NANOS);
    message('-');
    next(readers);
    next(steps);
    clock.advance(2 * LeaderFollowers.CAUTION_NANOS);
    message('-');
    assertThat(next(steps)).isNotSameAs(next(readers));
    goOn.countDown();
    clock.awaitTask(LeaderFollowers.CAUTION_NANOS);
    message('-');
    assertThat(next(steps)).isNotSameAs(next(readers));
    clock.advance(LeaderFollowers.CAUTION_NANOS);
    message('-');
    assertThat(next(steps)).isSameAs(next(readers));
  }

  @Test
  void nobodyLooksWhereThereAreNoSteps() throws Exception {
    for (int i = 0; i < 3; i++) {
      message('-');
      next(readers);
      next(steps);
    }
    awaitEndOfStep();
    clock.advance(2 * LeaderFollowers.LOOK_NANOS);
    assertThat(clock.pendingTasks()).isZero();
  }

  @Test
  void withOneWorkerAllStepsAreItsOwnSoThatNoTwoRunAtATime() throws Exception {
    end();
    start(1);
    message('-');
    assertThat(next(steps)).isNotSameAs(next(readers));
  }

  @Test
  void stepsThatComeTogetherGoToOtherThreads() throws Exception {
    message('2');
    Thread reader = next(readers);
    assertThat(next(steps)).isNotSameAs(reader);
    assertThat(next(steps)).isNotSameAs(reader);
  }

  @Test
  void whenNoThreadTakesAStepItRunsOnTheOneThatReadIt() throws Exception {
    workers.stop();
    message('2');
    Thread reader = next(readers);
    assertThat(next(steps)).isSameAs(reader);
    assertThat(next(steps)).isSameAs(reader);
  }

  @Test
  void aStepThatFailsDoesNotEndTheLoop() throws Exception {
    message('x');
    Thread reader = next(readers);
    assertThat(next(steps)).isSameAs(reader);
    message('-');
    assertThat(next(readers)).isSameAs(reader);
  }

  @Test
  void anErrorOfAStepEndsNeitherTheLoopNorTheLookForThoseThatTakeLong() throws Exception {
    message('y');
    Thread reader = next(readers);
    assertThat(next(steps)).isSameAs(reader);
    message('h');
    assertThat(next(readers)).isSameAs(reader);
    assertThat(next(steps)).isSameAs(reader);
    clock.advance(2 * LeaderFollowers.LOOK_NANOS);
    message('-');
    assertThat(next(readers)).isNotSameAs(reader);
  }

  @Test
  void aSocketThatFailsIsToldAndTheLoopGoesOn() throws Exception {
    message('o');
    Thread reader = next(readers);
    assertThat(failures.poll(30, TimeUnit.SECONDS)).isInstanceOf(OutOfMemoryError.class);
    message('-');
    assertThat(next(readers)).isSameAs(reader);
  }

  @Test
  void aSocketThatCannotEvenBeToldOfItsFailureDoesNotEndTheLoop() throws Exception {
    message('b');
    Thread reader = next(readers);
    message('-');
    assertThat(next(readers)).isSameAs(reader);
  }

  @Test
  void aStepCanWaitForTheNextPass() throws Exception {
    message('p');
    Thread reader = next(readers);
    next(steps);
    message('-');
    assertThat(next(readers)).isNotSameAs(reader);
  }

  @Test
  void aStepCanWaitForAnotherSocket() throws Exception {
    message('s');
    assertThat(next(steps)).isSameAs(next(readers));
  }

  @Test
  void theLoopEndsWhileAStepIsHeld() throws Exception {
    message('h');
    next(steps);
    loop.stop();
    assertThat(pipe.source().isRegistered()).isFalse();
  }

  @Test
  void aStepMayComeToItsEndAfterTheStop() throws Exception {
    message('e');
    next(steps);
    loop.stop();
    threads.end();
    assertThat(threads.awaitEnd(TimeUnit.SECONDS.toNanos(10))).isTrue();
    assertThat(steps).hasSize(1);
  }

  @Test
  void whileManyConnectionsEndAnotherOneIsRead() throws Exception {
    CompletableFuture<Integer> readBeforeTheLastEnd = new CompletableFuture<>();
    try (DatagramChannel leaving = DatagramChannel.open()) {
      leaving.configureBlocking(false);
      loop.register(
          leaving,
          SelectionKey.OP_WRITE,
          new Leaving(
              key -> {
                loop.endLater(key, () -> sendUnchecked('r'));
                for (int i = 0; i < 100; i++) {
                  loop.endLater(key, () -> {});
                }
                loop.endLater(key, () -> readBeforeTheLastEnd.complete(readers.size()));
              }));
      assertThat(readBeforeTheLastEnd.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  /** The end of a connection, for instance, for which a listener waits. */
  @Test
  void aStepThatIsLeftWhenALoopEndsRunsAllTheSame() throws Exception {
    try (DatagramChannel last = DatagramChannel.open()) {
      last.configureBlocking(false);
      loop.register(
          last,
          SelectionKey.OP_WRITE,
          new Leaving(
              key ->
                  loop.endLater(
                      key,
                      () -> {
                        loop.giveToWorker(() -> steps.add(Thread.currentThread()));
                        loop.endSoon();
                        throw new OutOfMemoryError("The rest of the pass fails");
                      })));
      next(steps);
    }
  }

  /** Of a listening point, for instance, for which the system has no thread left. */
  @Test
  void aLoopThatCannotStartKeepsNoDescriptor() {
    LoopThreads ended = new LoopThreads("ended-loop");
    ended.end();
    long before = descriptors();
    for (int i = 0; i < 1_000; i++) {
      assertThatThrownBy(() -> EventLoop.ofMany(ended, workers, clock))
          .isInstanceOf(IOException.class);
    }
    // Other tests open some meanwhile.
    assertThat(descriptors() - before).isLessThan(1_000);
  }

  private static long descriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  private void sendUnchecked(char what) {
    try {
      message(what);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Leaving(Consumer<SelectionKey> leave) implements EventLoop.Ready {
    @Override
    public void ready(SelectionKey key, ByteBuffer readBuffer) {
      leave.accept(key);
    }

    @Override
    public void broken(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }

  /** Only who waits for the sockets reads. */
  private void awaitEndOfStep() throws Exception {
    message('r');
    next(readers);
  }

  private void message(char what) throws IOException {
    pipe.sink().write(ByteBuffer.wrap(new byte[] {(byte) what}));
  }

  private static Thread next(BlockingQueue<Thread> threads) throws InterruptedException {
    @Nullable Thread thread = threads.poll(30, TimeUnit.SECONDS);
    assertThat(thread).isNotNull();
    return thread;
  }

  private void step(char what) {
    if (what == 'p') {
      loop.awaitPass();
    }
    if (what == 's') {
      awaitAnotherSocket();
    }
    steps.add(Thread.currentThread());
    if (what == 'e') {
      await().until(() -> !pipe.source().isRegistered());
      steps.add(Thread.currentThread());
    }
    if (what == 'x') {
      throw new IllegalStateException("A step that fails");
    }
    if (what == 'y') {
      throw new OutOfMemoryError("A step for which there is no heap");
    }
    try {
      if (what == 'h' && !goOn.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("Nobody let the step go on");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitAnotherSocket() {
    try (DatagramChannel other = DatagramChannel.open()) {
      other.configureBlocking(false);
      CountDownLatch seen = new CountDownLatch(1);
      loop.register(other, SelectionKey.OP_WRITE, new Seen(seen));
      assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Seen(CountDownLatch seen) implements EventLoop.Ready {
    @Override
    public void ready(SelectionKey key, ByteBuffer readBuffer) {
      key.cancel();
      seen.countDown();
    }

    @Override
    public void broken(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }

  /** Virtual time for several threads. */
  private static final class Clock implements Scheduler {
    private final VirtualScheduler time = new VirtualScheduler();
    private final BlockingQueue<Long> delays = new LinkedBlockingQueue<>();

    @Override
    public synchronized long nanoTime() {
      return time.nanoTime();
    }

    @Override
    public synchronized Task schedule(Runnable task, long delayNanos) {
      Task scheduled = time.schedule(task, delayNanos);
      delays.add(delayNanos);
      return scheduled;
    }

    synchronized void advance(long nanos) {
      time.advance(nanos);
    }

    synchronized int pendingTasks() {
      return time.pendingTasks();
    }

    void awaitTask(long delayNanos) throws InterruptedException {
      @Nullable Long delay = delays.poll(30, TimeUnit.SECONDS);
      while (delay != null && delay != delayNanos) {
        delay = delays.poll(30, TimeUnit.SECONDS);
      }
      assertThat(delay).isNotNull();
    }
  }

  private final class Messages implements EventLoop.Ready {
    @Override
    public void ready(SelectionKey key, ByteBuffer readBuffer) {
      try {
        pipe.source().read(readBuffer.clear().limit(1));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      readers.add(Thread.currentThread());
      char what = (char) readBuffer.get(0);
      switch (what) {
        case 'r' -> {
          return;
        }
        case 'o' -> throw new OutOfMemoryError("Whose socket is told of it");
        case 'b' -> throw new IllegalStateException("Whose socket fails once more over it");
        default -> {}
      }
      loop.giveToWorker(() -> step(what));
      if (what == '2') {
        loop.giveToWorker(() -> step(what));
      }
    }

    @Override
    public void broken(Throwable cause) {
      if (cause instanceof OutOfMemoryError) {
        failures.add(cause);
        return;
      }
      throw new IllegalStateException(cause);
    }
  }
}
