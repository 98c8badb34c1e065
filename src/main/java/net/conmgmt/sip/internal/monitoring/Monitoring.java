package net.conmgmt.sip.internal.monitoring;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.ConnectionCounts;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.CertificateExpiry;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.ListenerList;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.directory.StackDirectory;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.WallClock;
import org.jspecify.annotations.Nullable;

/**
 * Connects everything that observes one stack: it always counts, emits JFR events while a recording
 * runs, registers the MBean unless {@code net.conmgmt.sip.JMX} is off, and keeps flight records if
 * {@code net.conmgmt.sip.FLIGHT_RECORDER} is on. Thread-safe.
 */
public final class Monitoring {

  private static final long JMX_DELAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final StackScope scope;
  private final ConnectionRegistry registry;
  private final EventCounter counter = new EventCounter();
  private final @Nullable FlightRecords flightRecords;
  private @Nullable MBeanRegistration registration;
  private boolean watchesDirectory;

  private Monitoring(StackScope scope) {
    this.scope = scope;
    registry = ConnectionRegistry.of(scope);
    ListenerList<ConnectionManagementListener> listeners = registry.listeners();
    listeners.addPrompt(counter);
    if (hasModule("jdk.jfr")) {
      listeners.addPrompt(new JfrEvents());
    }
    if (scope.properties().isOn(Key.FLIGHT_RECORDER)) {
      flightRecords = new FlightRecords(StackScheduler.of(scope));
      listeners.addPrompt(flightRecords);
    } else {
      flightRecords = null;
    }
    if (scope.properties().text(Key.TRANSPORT).equals("blocking")) {
      listeners.addPrompt(new ManyThreadsWarning());
    }
  }

  /** A run-time image may have been made without it. */
  private static boolean hasModule(String name) {
    return ModuleLayer.boot().findModule(name).isPresent();
  }

  /** What watches the stack of {@code scope}; always the same object. */
  public static Monitoring of(StackScope scope) {
    return scope.get(Monitoring.class, Monitoring::new);
  }

  /** The stack is about to listen: its MBean is registered, until the stack stops. */
  public synchronized void stackStarts(String stackName) {
    watchDirectory();
    if (registration == null && scope.properties().isOn(Key.JMX) && hasModule("java.management")) {
      String name = scope.properties().text(Key.JMX_NAME);
      registration =
          MBeanRegistration.start(
              () -> DescribedBean.of(new ConnectionManagementBean(stackName, this)),
              name.isEmpty() ? stackName : name,
              this::later);
      scope.atStop(this::stackStopped);
    }
  }

  private void watchDirectory() {
    StackDirectory directory = KeepAliveListener.of(scope).directory();
    if (!watchesDirectory && directory.isShared() && hasModule("jdk.jfr")) {
      watchesDirectory = true;
      directory.addListener(new JfrDirectoryEvents(directory::status));
    }
  }

  /** When the stack has started and answers, on a thread that holds up no timer. */
  private void later(Runnable task) {
    Scheduler scheduler = StackScheduler.of(scope);
    Thread thread = new Thread(() -> scheduler.untilDone(task), "conmgmt-jmx");
    thread.setDaemon(true);
    scheduler.schedule(Scheduler.named("JMX", thread::start), JMX_DELAY_NANOS);
  }

  private synchronized void stackStopped() {
    if (registration != null) {
      registration.end();
      registration = null;
    }
  }

  /** What has happened so far. */
  public ConnectionCounts counts() {
    return counter.snapshot();
  }

  /** The last events of an open connection; none unless they are recorded. */
  public List<String> flightRecord(ManagedConnection connection) {
    return flightRecords == null ? List.of() : flightRecords.of(connection);
  }

  /** How a connection stands. */
  public ConnectionStatus status(ManagedConnection connection) {
    return KeepAliveListener.of(scope).status(connection);
  }

  public Collection<ManagedConnection> connections() {
    return registry.all();
  }

  /** When the first own certificate expires; null where none is shown. */
  public @Nullable Instant certificateExpiry() {
    CertificateExpiry expiry = scope.find(CertificateExpiry.class);
    return expiry == null ? null : expiry.earliest();
  }

  /** Days until then; negative after it, NaN where none is shown. */
  public double certificateDaysLeft() {
    Instant end = certificateExpiry();
    return end == null
        ? Double.NaN
        : Duration.between(WallClock.system().instant(), end).toSeconds() / 86_400.0;
  }

  /** How the endpoint directory stands. */
  public DirectoryStatus directory() {
    return KeepAliveListener.of(scope).directory().status();
  }

  public int endpoints() {
    KeepAliveListener keepAlive = scope.find(KeepAliveListener.class);
    return keepAlive == null ? 0 : keepAlive.endpoints();
  }
}
