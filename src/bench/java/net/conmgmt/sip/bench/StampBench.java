package net.conmgmt.sip.bench;

import java.net.InetSocketAddress;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.config.ConnectionManagementProperties;
import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.ManagedConnection.Side;
import net.conmgmt.sip.connection.SerialExecutor;
import net.conmgmt.sip.keepalive.KeepAliveListener;
import net.conmgmt.sip.testing.StubConnection;
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
 * What the handler of a connection does for each read and each write, with so many connections
 * whose timers run on the real clock, and traffic on all of them in random order.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class StampBench {

  /** Connections of one stack, in random order. */
  @State(Scope.Benchmark)
  public abstract static class Connections {

    @Param({"10000", "100000", "1000000"})
    private int connections;

    private final KeepAliveListener listener;
    private ConnectionHandler[] handlers = {};
    private int next;

    Connections(String keepAlive) {
      Properties properties = new Properties();
      properties.setProperty("net.conmgmt.sip.KEEP_ALIVE", keepAlive);
      // No timer fires while it is measured.
      properties.setProperty("net.conmgmt.sip.CONNECTION_TIMEOUT", "86400");
      properties.setProperty("net.conmgmt.sip.IDLE_TIMEOUT", "86400");
      listener =
          KeepAliveListener.of(new StackScope(ConnectionManagementProperties.of(properties)));
    }

    /** Makes them. */
    @Setup
    public void establish() {
      handlers = new ConnectionHandler[connections];
      for (int i = 0; i < connections; i++) {
        InetSocketAddress peer = InetSocketAddress.createUnresolved("peer-" + i, 5060);
        StubConnection connection = new StubConnection(i, Side.PROXY, "TCP", peer);
        handlers[i] =
            listener.handlerFor(connection, new SerialExecutor(Runnable::run, connection));
        handlers[i].established();
      }
      Random random = new Random(1);
      for (int i = connections - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        ConnectionHandler swapped = handlers[i];
        handlers[i] = handlers[other];
        handlers[other] = swapped;
      }
    }

    /** Ends their timers. */
    @TearDown
    public void stop() {
      listener.shutdown();
    }

    ConnectionHandler next() {
      next = next + 1 == handlers.length ? 0 : next + 1;
      return handlers[next];
    }
  }

  /** With keep-alive management. */
  public static class Managed extends Connections {
    /** For JMH. */
    public Managed() {
      super("on");
    }
  }

  /** Without. */
  public static class Unmanaged extends Connections {
    /** For JMH. */
    public Unmanaged() {
      super("off");
    }
  }

  @Benchmark
  public void read(Managed connections) {
    connections.next().bytesReceived();
  }

  @Benchmark
  public void write(Managed connections) {
    connections.next().bytesSent();
  }

  /** What no stamp can be faster than: the next connection is called, and the clock is read. */
  @Benchmark
  public long floor(Unmanaged connections) {
    connections.next().bytesReceived();
    return System.nanoTime();
  }
}
