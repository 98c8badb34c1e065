package net.conmgmt.sip.internal.connection;

import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Warnings that a peer can cause at will: a few at once and then one a second, each telling how
 * many were left out, so that a flood does not fill the disk. All of them stand in the log at
 * debug. Thread-safe.
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
    if (earned > 0) {
      creditSince += earned * PERIOD_NANOS;
      credit = (int) Math.min(AT_ONCE, credit + earned);
    }
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
