package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.TestIo;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.time.Scheduler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a connection does for each read and each write, with so many managed connections whose
 * timers run on the real clock, and traffic on all of them in random order.
 *
 * <p>Each begins with a connection that has to be fetched from memory first, as a selector finds
 * it; {@link #fetch} is that alone. It ends with a look at the clock, as a processor would fetch
 * several at a time otherwise, which no selector does.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 2, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 600, timeUnit = TimeUnit.MILLISECONDS)
public class StampBench {

  @Param({"10000", "100000", "1000000"})
  private int connections;

  private final KeepAliveListener listener;
  private final Scheduler scheduler;
  private final SocketIo io;
  private SocketConnection[] all = {};
  private int next;

  /** For JMH. */
  public StampBench() {
    Properties properties = new Properties();
    // No timer fires while it is measured.
    properties.setProperty("net.conmgmt.sip.CONNECTION_TIMEOUT", "86400");
    properties.setProperty("net.conmgmt.sip.IDLE_TIMEOUT", "86400");
    StackScope scope = new StackScope(ConnectionManagementProperties.of(properties));
    listener = KeepAliveListener.of(scope);
    scheduler = StackScheduler.of(scope);
    try {
      io = TestIo.start("nio", scheduler);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes them. */
  @Setup
  public void establish() throws IOException {
    ConnectionContext around = new StubConnectionContext(scheduler, io, listener);
    all = new SocketConnection[connections];
    for (int i = 0; i < connections; i++) {
      InetAddress peer = InetAddress.getByAddress(new byte[] {127, 0, (byte) (i >> 16), 1});
      all[i] =
          SocketConnection.accepted(
              around, StubConnectionContext.User.NOBODY, new InetSocketAddress(peer, i & 0xffff));
      all[i].handler().established();
    }
    Collections.shuffle(Arrays.asList(all), new Random(1));
  }

  /** Ends their timers. */
  @TearDown
  public void stop() {
    listener.shutdown();
    io.stop();
  }

  private SocketConnection next() {
    next = next + 1 == all.length ? 0 : next + 1;
    return all[next];
  }

  /** None has begun and so none is open here: the clock is always read, once that is known. */
  private static long fetched(SocketConnection connection) {
    return connection.isOpen() ? 0 : System.nanoTime();
  }

  @Benchmark
  public long fetch() {
    return fetched(next());
  }

  @Benchmark
  public long read() {
    SocketConnection connection = next();
    long fetched = fetched(connection);
    connection.bytesReceived();
    return fetched;
  }

  @Benchmark
  public long write() {
    SocketConnection connection = next();
    long fetched = fetched(connection);
    connection.bytesSent();
    return fetched;
  }
}
