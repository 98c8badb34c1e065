package net.conmgmt.sip.internal.monitoring;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Warns once that blocking I/O does not suit a proxy with many connections. Thread-safe. */
final class ManyThreadsWarning implements ConnectionManagementListener {

  /** As many threads as a JVM bears without trouble. */
  static final int MANY = 1_000;

  private static final Logger LOG = LogManager.getLogger(ManyThreadsWarning.class);

  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicBoolean said = new AtomicBoolean();

  @Override
  public void established(ManagedConnection connection) {
    if (connection.side() == ManagedConnection.Side.PROXY
        && accepted.incrementAndGet() > MANY
        && said.compareAndSet(false, true)) {
      LOG.warn(
          "More than {} accepted connections with net.conmgmt.sip.TRANSPORT = blocking, each with"
              + " threads of its own: nio suits a proxy better",
          MANY);
    }
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    if (connection.side() == ManagedConnection.Side.PROXY) {
      // Some were never established; the number is of use for the warning only.
      accepted.updateAndGet(n -> Math.max(0, n - 1));
    }
  }
}
