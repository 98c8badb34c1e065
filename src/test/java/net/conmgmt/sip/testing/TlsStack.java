package net.conmgmt.sip.testing;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.plain.StackStop;
import org.jspecify.annotations.Nullable;

/** A stack with one TLS listening point, no application, and a clock that can be put forward. */
public final class TlsStack implements AutoCloseable {

  private static final AtomicLong COUNTER = new AtomicLong();

  private final AtomicLong ahead = new AtomicLong();
  private final SystemScheduler real = new SystemScheduler("tls-stack");
  private final SipStack stack;
  private final int port = Stacks.freePort();

  /** Starts it on a loopback port; fails as the stack does. */
  public TlsStack(Properties properties) throws Exception {
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    Properties own = new Properties();
    own.putAll(properties);
    own.setProperty("javax.sip.STACK_NAME", "tls-" + COUNTER.incrementAndGet());
    stack = factory.createSipStack(own);
    StackScope.of(stack).put(Scheduler.class, new PutForward());
    stack.createListeningPoint("127.0.0.1", port, "tls");
  }

  public SipStack stack() {
    return stack;
  }

  public int port() {
    return port;
  }

  /** Lets the stack's clock jump; what is scheduled stays where it is. */
  public void putForward(Duration by) {
    ahead.addAndGet(by.toNanos());
  }

  /** Connects to a loopback port, where {@code name} is expected. */
  public ManagedConnection connect(int peerPort, @Nullable String name) throws Exception {
    Connector connector = Objects.requireNonNull(StackScope.of(stack).find(Connector.class));
    InetSocketAddress peer = new InetSocketAddress(InetAddress.getLoopbackAddress(), peerPort);
    try {
      return connector.connect(new ConnectionTarget(peer, "TLS", name)).get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @Override
  public void close() {
    StackStop.of(stack);
    real.close();
  }

  private final class PutForward implements Scheduler {
    @Override
    public long nanoTime() {
      return real.nanoTime() + ahead.get();
    }

    @Override
    public Task schedule(Runnable task, long delayNanos) {
      return real.schedule(task, delayNanos);
    }
  }
}
