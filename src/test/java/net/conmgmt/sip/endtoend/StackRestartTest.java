package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Stacks;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left of stacks that have stopped. */
class StackRestartTest {

  private static final int ROUNDS = 5;
  private static final int STACKS_PER_ROUND = 20;

  /** They stop all at once, as those of an application server do. */
  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aHundredStacksThatStartedAndStoppedLeaveNoThreadNoConnectionAndNoStack(String kind)
      throws Exception {
    Set<Thread> before = threads();
    List<WeakReference<SipStack>> stopped = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      ExecutorService pool = Executors.newCachedThreadPool();
      try {
        stopped.addAll(oneRound(kind, pool));
      } finally {
        pool.shutdownNow();
        assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
    // The JAIN-SIP factory remembers all of its stacks.
    SipFactory.getInstance().resetFactory();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              System.gc();
              // The RI's loggers know the stack that was made last.
              return stopped.stream().filter(stack -> stack.get() != null).count() <= 1;
            });
    assertThat(stopped).hasSize(ROUNDS * STACKS_PER_ROUND);
  }

  /** The RI ends the worker threads of all stacks when one of them stops. */
  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aStackThatStopsDoesNotSilenceTheConnectionsOfAnother(String kind) throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy =
            new PlainApplication(Stacks.managed(IoKinds.PROPERTY, kind), "127.0.0.1", port);
        PlainApplication client =
            new PlainApplication(
                Stacks.managed(IoKinds.PROPERTY, kind), "127.0.0.1", Stacks.freePort())) {
      client.sendTo(Request.OPTIONS, "127.0.0.1", port);
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      new PlainApplication(Stacks.managed(IoKinds.PROPERTY, kind), "127.0.0.1", Stacks.freePort())
          .close();
      client.sendTo(Request.OPTIONS, "127.0.0.1", port);
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(ConnectionManagement.of(proxy.stack()).connections()).hasSize(1);
    }
  }

  private static List<WeakReference<SipStack>> oneRound(String kind, ExecutorService pool)
      throws Exception {
    List<PlainApplication> applications = new ArrayList<>();
    List<EventRecorder> recorders = new ArrayList<>();
    List<ManagedConnection> connections = new ArrayList<>();
    int[] ports = new int[STACKS_PER_ROUND];
    for (int i = 0; i < STACKS_PER_ROUND; i++) {
      ports[i] = Stacks.freePort();
      PlainApplication application =
          new PlainApplication(Stacks.managed(IoKinds.PROPERTY, kind), "127.0.0.1", ports[i]);
      applications.add(application);
      EventRecorder recorder = new EventRecorder();
      recorders.add(recorder);
      ConnectionManagement.of(application.stack()).addListener(recorder);
      // Knows its stack, as the listeners of applications do.
      ConnectionManagement.of(application.stack())
          .addListener(new KnowsItsStack(application.stack()));
    }
    for (int i = 0; i < STACKS_PER_ROUND; i += 2) {
      applications.get(i).sendTo(Request.REGISTER, "127.0.0.1", ports[i + 1]);
    }
    for (int i = 0; i < STACKS_PER_ROUND; i += 2) {
      recorders.get(i).await("negotiated CLIENT 300 200");
      recorders.get(i + 1).await("negotiated PROXY 300 332");
    }
    List<WeakReference<SipStack>> stopped = new ArrayList<>();
    List<Callable<Void>> stops = new ArrayList<>();
    for (PlainApplication application : applications) {
      connections.addAll(ConnectionManagement.of(application.stack()).connections());
      stopped.add(new WeakReference<>(application.stack()));
      stops.add(
          () -> {
            application.close();
            return null;
          });
    }
    assertThat(connections).hasSize(STACKS_PER_ROUND).allMatch(ManagedConnection::isOpen);
    for (var stop : pool.invokeAll(stops)) {
      stop.get();
    }
    assertThat(connections).noneMatch(ManagedConnection::isOpen);
    for (int i = 0; i < STACKS_PER_ROUND; i++) {
      recorders.get(i).await("closed ");
      assertThat(ConnectionManagement.of(applications.get(i).stack()).connections()).isEmpty();
    }
    return stopped;
  }

  private record KnowsItsStack(SipStack stack)
      implements net.conmgmt.sip.ConnectionManagementListener {}

  /** Those of the test's own tools come and go as they like. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
        .filter(thread -> !thread.getName().startsWith("awaitility"))
        .collect(Collectors.toSet());
  }
}
