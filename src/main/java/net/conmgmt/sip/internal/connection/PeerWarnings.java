package net.conmgmt.sip.internal.connection;

import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Limits the warnings that a peer can cause at will, so that a flood cannot fill the disk: after
 * the first few, one a second is logged, with the number of those left out. At debug level all of
 * them are logged. Thread-safe.
 */
public final class PeerWarnings {

  private static final Logger LOG = LogManager.getLogger(PeerWarnings.class);
  private static final int AT_ONCE = 20;
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Scheduler scheduler;
  // Guarded by this.
  private int credit = AT_ONCE;
  private long creditSince;
  private long leftOut;

  /** The warnings of one stack; {@link #of} gives them. */
  public PeerWarnings(Scheduler scheduler) {
    this.scheduler = scheduler;
    creditSince = scheduler.nanoTime();
  }

  /** The warnings of a stack; always the same object. */
  public static PeerWarnings of(StackScope scope) {
    return scope.get(PeerWarnings.class, s -> new PeerWarnings(StackScheduler.of(s)));
  }

  /** Logs it at warn, or at debug where there were too many. */
  public void warn(String format, Object... arguments) {
    long before = leftOutBefore();
    if (before < 0) {
      LOG.debug(format, arguments);
      return;
    }
    LOG.warn(format, arguments);
    if (before > 0) {
      LOG.warn("{} warnings about peers were left out before this one", before);
    }
  }

  /** How many warnings were left out since the last one, or -1 if this one is to be, too. */
  private synchronized long leftOutBefore() {
    long earned = (scheduler.nanoTime() - creditSince) / PERIOD_NANOS;
    creditSince += earned * PERIOD_NANOS;
    credit = (int) Math.min(AT_ONCE, credit + earned);
    if (credit == 0) {
      leftOut++;
      return -1;
    }
    credit--;
    long before = leftOut;
    leftOut = 0;
    return before;
  }
}
