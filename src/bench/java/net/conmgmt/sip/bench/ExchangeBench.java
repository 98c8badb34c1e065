package net.conmgmt.sip.bench;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.text.ParseException;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.StubConnection;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the handler of a proxy's connection does for a REGISTER that only refreshes and for its 200:
 * the same two messages again and again, parsed before.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class ExchangeBench {

  /** A connection on which the endpoint has registered before. */
  @State(Scope.Thread)
  public abstract static class Connection {

    private final KeepAliveListener listener;
    private final Traffic traffic = new Traffic(new SystemScheduler("exchange-bench"));
    private final ConnectionHandler handler;
    private final SIPRequest request;
    private final SIPResponse response;

    Connection(Servers kind) {
      Properties properties = SipServer.properties(kind.properties());
      listener =
          KeepAliveListener.of(new StackScope(ConnectionManagementProperties.of(properties)));
      StubConnection connection = new StubConnection(1, Side.PROXY, "TCP");
      handler =
          listener.handlerFor(connection, traffic, new SerialExecutor(Runnable::run, connection));
      handler.established();
      try {
        byte[] text = RegisterText.of(1, false);
        request = (SIPRequest) new StringMsgParser().parseSIPMessage(text, true, false, null);
      } catch (ParseException e) {
        throw new IllegalStateException(e);
      }
      response = request.createResponse(200);
      exchange();
    }

    final void exchange() {
      handler.messageReceived(request);
      handler.messageToSend(response);
      handler.messageSent(response);
    }

    /** Ends its timers. */
    @TearDown
    public void stop() {
      listener.shutdown();
    }
  }

  /** With keep-alive management. */
  public static class Managed extends Connection {
    /** For JMH. */
    public Managed() {
      super(Servers.OURS);
    }
  }

  /** Without. */
  public static class Unmanaged extends Connection {
    /** For JMH. */
    public Unmanaged() {
      super(Servers.OURS_UNMANAGED);
    }
  }

  @Benchmark
  public void on(Managed connection) {
    connection.exchange();
  }

  @Benchmark
  public void off(Unmanaged connection) {
    connection.exchange();
  }
}
