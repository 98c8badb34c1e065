package net.conmgmt.sip.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.testing.CapturedLog;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

/** Whose work it was that failed. */
class NamedTaskTest {

  @Test
  void aTaskThatFailsIsLoggedUnderItsNameAndTheNextOneRuns() throws Exception {
    CountDownLatch next = new CountDownLatch(1);
    try (CapturedLog log = new CapturedLog(SystemScheduler.class, Level.ERROR);
        SystemScheduler scheduler = new SystemScheduler("named-task-test")) {
      scheduler.schedule(
          Scheduler.named(
              "connection #3 to 192.0.2.7:5060/TCP",
              () -> {
                throw new IllegalStateException("broken");
              }),
          0);
      scheduler.schedule(
          Scheduler.named(
              "connection #4 to 192.0.2.7:5060/TCP",
              () -> {
                throw new StackOverflowError("broken");
              }),
          0);
      scheduler.schedule(next::countDown, 0);
      assertThat(next.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(log.lines())
          .containsExactly(
              "ERROR connection #3 to 192.0.2.7:5060/TCP: a step failed; the others go on",
              "ERROR connection #4 to 192.0.2.7:5060/TCP: a step failed; the others go on");
    }
  }

  @Test
  void whatIsScheduledForSomebodyIsLoggedUnderItsName() throws Exception {
    CountDownLatch next = new CountDownLatch(1);
    try (CapturedLog log = new CapturedLog(SystemScheduler.class, Level.ERROR);
        SystemScheduler all = new SystemScheduler("named-task-test")) {
      Scheduler scheduler = all.workingFor("discovery of contoso.test");
      scheduler.schedule(
          () -> {
            throw new IllegalStateException("broken");
          },
          0);
      scheduler.schedule(
          () -> {
            assertThat(scheduler.isOwnThread()).isTrue();
            next.countDown();
          },
          0);
      assertThat(next.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(scheduler.isOwnThread()).isFalse();
      assertThat(log.lines())
          .containsExactly("ERROR discovery of contoso.test: a step failed; the others go on");
    }
  }
}
