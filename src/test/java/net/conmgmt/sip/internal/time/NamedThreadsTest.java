package net.conmgmt.sip.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamedThreadsTest {

  /** Two stacks of one JVM may listen on the same port of two addresses. */
  @Test
  void threadsOfTheSameNameAreToldApart() throws InterruptedException {
    NamedThreads first = new NamedThreads("conmgmt-io-5060");
    NamedThreads second = new NamedThreads("conmgmt-io-5060");
    List<Boolean> current = new ArrayList<>();
    Thread thread =
        first.newThread(
            () -> {
              current.add(first.isCurrent());
              current.add(second.isCurrent());
            });
    thread.start();
    thread.join();
    assertThat(thread.getName()).isEqualTo("conmgmt-io-5060-1");
    assertThat(thread.isDaemon()).isTrue();
    assertThat(current).containsExactly(true, false);
  }
}
