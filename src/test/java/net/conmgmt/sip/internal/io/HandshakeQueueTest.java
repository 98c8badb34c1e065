package net.conmgmt.sip.internal.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandshakeQueueTest {

  private final VirtualScheduler time = new VirtualScheduler(0);
  private final List<String> order = new CopyOnWriteArrayList<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private HandshakeQueue queue = new HandshakeQueue(time, "test-handshakes", 1);

  @AfterEach
  void stop() {
    release.countDown();
    queue.stop();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A step that goes on until {@link #release}; returns when it runs. */
  private void occupy() {
    CountDownLatch running = new CountDownLatch(1);
    queue.execute(
        this,
        () -> {
          running.countDown();
          await(release);
        },
        false);
    await(running);
  }

  private CountDownLatch step(String name, boolean hasBegun) {
    CountDownLatch done = new CountDownLatch(1);
    queue.execute(
        this,
        () -> {
          order.add(name);
          done.countDown();
        },
        hasBegun);
    return done;
  }

  @Test
  void aHandshakeThatHasBegunGoesBeforeThoseThatHaveNot() {
    occupy();
    CountDownLatch last = step("first step of A", false);
    step("second step of B", true);
    step("third step of C", true);
    release.countDown();
    await(last);
    assertThat(order).containsExactly("second step of B", "third step of C", "first step of A");
  }

  @Test
  void noMoreStepsRunAtATimeThanThereAreCoresForThem() {
    queue = new HandshakeQueue(time, "test-handshakes", 2);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(500);
    for (int i = 0; i < 500; i++) {
      queue.execute(
          this,
          () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            running.decrementAndGet();
            all.countDown();
          },
          i % 2 == 0);
    }
    await(all);
    assertThat(most.get()).isLessThanOrEqualTo(2);
  }

  @Test
  void aStepThatWaitsForAnotherServerIsReplacedMeanwhile() {
    occupy();
    CountDownLatch other = step("other", false);
    time.advance(2 * HandshakeQueue.LOOK_NANOS);
    await(other);
    occupy();
    CountDownLatch another = step("another", false);
    time.advance(2 * HandshakeQueue.LOOK_NANOS);
    await(another);
  }

  @Test
  void noTimerRunsWhileNothingWaits() {
    occupy();
    assertThat(time.pendingTasks()).isZero();
    CountDownLatch other = step("other", false);
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advance(4 * HandshakeQueue.LOOK_NANOS);
    await(other);
    time.advance(2 * HandshakeQueue.LOOK_NANOS);
    assertThat(time.pendingTasks()).isZero();
  }

  private void fill() {
    for (int i = 0; i < HandshakeQueue.MOST_UNDER_WAY; i++) {
      assertThat(queue.holdsBack(() -> order.add("never"))).isFalse();
      queue.waitForPeer(i);
    }
  }

  @Test
  void whileTooManyAreUnderWayNobodyFurtherIsAcceptedUntilHalfOfThemAreDone() {
    fill();
    assertThat(queue.holdsBack(() -> order.add("again"))).isTrue();
    for (int i = 0; i < HandshakeQueue.MOST_UNDER_WAY / 2; i++) {
      assertThat(order).isEmpty();
      queue.end(i);
    }
    assertThat(order).containsExactly("again");
  }

  @Test
  void whatWaitsForItsTurnIsUnderWayHoweverLong() {
    occupy();
    for (int i = 1; i < HandshakeQueue.MOST_UNDER_WAY; i++) {
      assertThat(queue.holdsBack(() -> order.add("never"))).isFalse();
      CountDownLatch unused = step("step", false);
    }
    CountDownLatch again = new CountDownLatch(1);
    assertThat(queue.holdsBack(again::countDown)).isTrue();
    assertThat(again.getCount()).isEqualTo(1);
    release.countDown();
    await(again);
    assertThat(order).doesNotContain("never");
  }

  @Test
  void peersThatTakeTheirTimeKeepNobodyOut() {
    fill();
    assertThat(queue.holdsBack(() -> order.add("again"))).isTrue();
    time.advance(HandshakeQueue.PEER_NANOS / 2);
    assertThat(order).isEmpty();
    time.advance(HandshakeQueue.PEER_NANOS);
    assertThat(order).containsExactly("again");
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void theStopReleasesWhoIsHeldBack() {
    fill();
    CountDownLatch again = new CountDownLatch(1);
    assertThat(queue.holdsBack(again::countDown)).isTrue();
    queue.stop();
    await(again);
    assertThat(queue.holdsBack(again::countDown)).isFalse();
  }
}
