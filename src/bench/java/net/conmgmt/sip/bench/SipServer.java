package net.conmgmt.sip.bench;

import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.SipFactory;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.message.MessageFactory;
import javax.sip.message.Response;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.testing.Stacks;

/**
 * A server in a JVM of its own: a javax.sip application that answers every request with a stateless
 * 200. Each argument holds the properties of a stack, {@code name=value} with blanks between them.
 * Prints the port of each stack.
 *
 * <p>Commands: {@code state} collects garbage and answers with heap bytes, threads, open files and
 * nanoseconds of CPU; {@code cpu} answers with the last alone; {@code close} closes all connections
 * of the first stack and answers with the milliseconds until the last is gone; {@code allocated}
 * answers with the bytes that its threads have allocated; {@code watched} answers with the number
 * of connections of each stack that have a timer; {@code worked} answers with the nanoseconds of
 * CPU of the threads that run Java code, so without those that compile and collect garbage.
 */
public final class SipServer implements SipListener {

  /** The name of what is no property of the stack: its transport, TCP unless this says TLS. */
  static final String TRANSPORT = "bench.transport";

  private static final UnixOperatingSystemMXBean SYSTEM =
      (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final SipStack stack;
  private final MessageFactory messages;
  private final int port;

  SipServer(Properties properties, int port) throws Exception {
    this.port = port;
    // The factory has one stack for each name.
    properties.setProperty("javax.sip.STACK_NAME", "bench-" + port);
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    stack = factory.createSipStack(properties);
    messages = factory.createMessageFactory();
    stack
        .createSipProvider(
            stack.createListeningPoint("127.0.0.1", port, properties.getProperty(TRANSPORT, "tcp")))
        .addSipListener(this);
  }

  int port() {
    return port;
  }

  /** Properties of a stack whose log is that of the library in each case. */
  static Properties properties(String argument) {
    Properties properties = new Properties();
    properties.setProperty(
        "gov.nist.javax.sip.STACK_LOGGER", "net.conmgmt.sip.logging.Log4jStackLogger");
    properties.setProperty(
        "gov.nist.javax.sip.SERVER_LOGGER", "net.conmgmt.sip.logging.Log4jServerLogger");
    for (String property : argument.split(" ", -1)) {
      int equals = property.indexOf('=');
      properties.setProperty(property.substring(0, equals), property.substring(equals + 1));
    }
    return properties;
  }

  public static void main(String[] args) throws Exception {
    ChildMain.begin();
    List<SipServer> servers = new ArrayList<>();
    for (String argument : args) {
      servers.add(new SipServer(properties(argument), Stacks.freePort()));
    }
    ChildMain.answer(servers.stream().mapToDouble(SipServer::port).toArray());
    ChildMain.obey(
        words ->
            switch (words[0]) {
              case "state" -> state();
              case "cpu" -> new double[] {SYSTEM.getProcessCpuTime()};
              case "worked" -> new double[] {worked()};
              case "allocated" -> new double[] {allocated()};
              case "watched" -> servers.stream().mapToDouble(SipServer::watched).toArray();
              case "close" -> new double[] {servers.get(0).closeAll()};
              default -> throw new IllegalArgumentException("Unknown command " + words[0]);
            });
  }

  private static double[] state() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return new double[] {
      ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
      ManagementFactory.getThreadMXBean().getThreadCount(),
      SYSTEM.getOpenFileDescriptorCount(),
      SYSTEM.getProcessCpuTime()
    };
  }

  private static double worked() {
    long sum = 0;
    for (long nanos : THREADS.getThreadCpuTime(THREADS.getAllThreadIds())) {
      sum += Math.max(0, nanos);
    }
    return sum;
  }

  private static double allocated() {
    long sum = 0;
    for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
      sum += Math.max(0, bytes);
    }
    return sum;
  }

  private int watched() {
    ConnectionManagement management = ConnectionManagement.of(stack);
    return (int)
        management.connections().stream()
            .filter(c -> !management.status(c).timers().equals(RemainingTimes.NONE))
            .count();
  }

  /** The last is gone when nothing lists it any more and its descriptor is free. */
  private double closeAll() {
    ConnectionManagement management = ConnectionManagement.of(stack);
    int count = management.connections().size();
    long filesLeft = SYSTEM.getOpenFileDescriptorCount() - count;
    long start = System.nanoTime();
    for (ManagedConnection connection : management.connections()) {
      connection.close("measured");
    }
    while (!management.connections().isEmpty() || SYSTEM.getOpenFileDescriptorCount() > filesLeft) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return (System.nanoTime() - start) / 1e6;
  }

  @Override
  public void processRequest(RequestEvent event) {
    try {
      ((SipProvider) event.getSource())
          .sendResponse(messages.createResponse(Response.OK, event.getRequest()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void processResponse(ResponseEvent event) {}

  @Override
  public void processTimeout(TimeoutEvent event) {}

  @Override
  public void processIOException(IOExceptionEvent event) {}

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}
}
