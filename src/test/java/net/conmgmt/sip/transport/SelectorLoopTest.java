package net.conmgmt.sip.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.connection.StackWorkers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each byte of a pipe is a message here; what becomes of it is its step. */
class SelectorLoopTest {

  private final StackWorkers workers = new StackWorkers(1);
  private final BlockingQueue<Thread> readers = new LinkedBlockingQueue<>();
  private final BlockingQueue<Thread> steps = new LinkedBlockingQueue<>();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private SelectorLoop loop;
  private Pipe pipe;

  @BeforeEach
  void start() throws IOException {
    workers.start("test-worker", SelectedIo.LASTING_WORKS);
    loop = new SelectorLoop("test-loop", workers);
    loop.start();
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
  void aStepThatComesAloneGoesOnInTheThreadThatReadIt() throws Exception {
    message('-');
    assertThat(next(steps)).isSameAs(next(readers));
  }

  @Test
  void anotherThreadWaitsForTheSocketsMeanwhile() throws Exception {
    message('h');
    Thread held = next(steps);
    message('-');
    assertThat(next(readers)).isSameAs(held);
    assertThat(next(readers)).isNotSameAs(held);
  }

  @Test
  void whenNoWorkerIsFreeTheStepsWaitAndTheSocketsDoNot() throws Exception {
    message('h');
    next(readers);
    Thread held = next(steps);
    message('-');
    message('-');
    assertThat(next(readers)).isSameAs(next(readers)).isNotSameAs(held);
    assertThat(steps).isEmpty();
    goOn.countDown();
    next(steps);
    next(steps);
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
    message('s');
    next(readers);
    next(steps);
    message('2');
    Thread reader = next(readers);
    assertThat(next(steps)).isSameAs(reader);
    assertThat(next(steps)).isSameAs(reader);
    message('-');
    assertThat(next(steps)).isSameAs(next(readers)).isSameAs(reader);
  }

  @Test
  void theLoopEndsWhileAStepIsHeld() throws Exception {
    message('h');
    next(steps);
    loop.stop();
    assertThat(pipe.source().isRegistered()).isFalse();
  }

  private void message(char what) throws IOException {
    pipe.sink().write(ByteBuffer.wrap(new byte[] {(byte) what}));
  }

  private static Thread next(BlockingQueue<Thread> threads) throws InterruptedException {
    @Nullable Thread thread = threads.poll(10, TimeUnit.SECONDS);
    assertThat(thread).isNotNull();
    return thread;
  }

  private void step(char what) {
    if (what == 's') {
      workers.stop();
    }
    steps.add(Thread.currentThread());
    try {
      if (what == 'h' && !goOn.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("Nobody let the step go on");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Messages implements SelectorLoop.Ready {
    @Override
    public void ready(SelectionKey key, ByteBuffer readBuffer) {
      try {
        pipe.source().read(readBuffer.clear().limit(1));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      readers.add(Thread.currentThread());
      char what = (char) readBuffer.get(0);
      loop.giveToWorker(() -> step(what));
      if (what == '2') {
        loop.giveToWorker(() -> step(what));
      }
    }

    @Override
    public void broken(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
