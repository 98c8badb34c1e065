package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import gov.nist.javax.sip.SipStackImpl;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sip.ListeningPoint;
import javax.sip.SipFactory;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;

/**
 * What the listening points of a stack share, from the first that starts to the last that stops.
 */
class StackTransportTest {

  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch mayStop = new CountDownLatch(1);

  /** The sockets of the system, whose stop takes until it may. */
  private final class SlowToStop implements SocketIo.Kind {

    private final SocketIo.Kind system = SocketIo.ofSystem(false);

    @Override
    public SocketIo start(Scheduler scheduler, String threadName, StackWorkers workers)
        throws IOException {
      SocketIo real = system.start(scheduler, threadName, workers);
      return (SocketIo)
          Proxy.newProxyInstance(
              SocketIo.class.getClassLoader(),
              new Class<?>[] {SocketIo.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("stop")) {
                  stopping.countDown();
                  assertThat(mayStop.await(30, TimeUnit.SECONDS)).isTrue();
                }
                return method.invoke(real, arguments);
              });
    }

    @Override
    public ServerSocketChannel bind(InetSocketAddress address, int backlog) throws IOException {
      return system.bind(address, backlog);
    }
  }

  @Test
  void aListeningPointThatStartsDuringTheStopOfTheLastOneKeepsItsThreads() throws Exception {
    SipStackImpl stack =
        (SipStackImpl)
            SipFactory.getInstance()
                .createSipStack(Stacks.managed("javax.sip.STACK_NAME", "stop-and-start"));
    StackScope scope = StackScope.of(stack);
    scope.put(SocketIo.Kind.class, new SlowToStop());
    ListeningPoint last = stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp");
    Thread stops = new Thread(() -> deleted(stack, last));
    Thread starts = new Thread(() -> created(stack));
    try {
      stops.start();
      assertThat(stopping.await(30, TimeUnit.SECONDS)).isTrue();
      starts.start();
      await().until(() -> !starts.isAlive() || starts.getState() == Thread.State.BLOCKED);
      mayStop.countDown();
      stops.join(30_000);
      starts.join(30_000);
      CountDownLatch worked = new CountDownLatch(1);
      StackWorkers.of(scope).execute(worked::countDown);
      assertThat(worked.await(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      mayStop.countDown();
      stack.stop();
    }
  }

  private static void deleted(SipStackImpl stack, ListeningPoint listeningPoint) {
    try {
      stack.deleteListeningPoint(listeningPoint);
    } catch (javax.sip.ObjectInUseException e) {
      throw new AssertionError(e);
    }
  }

  private static void created(SipStackImpl stack) {
    try {
      assertThat(stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp")).isNotNull();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
