package net.conmgmt.sip.internal.tls;

import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * Bounds how many TLS records without application data a peer may send in a second: key updates,
 * session tickets and empty records. Each costs this side more than the peer that makes it. Used by
 * the thread that reads.
 */
final class EmptyRecords {

  /** Peers that renew their keys do so once in millions of records. */
  static final int MOST = 100;

  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Scheduler clock;
  private long periodBegunNanos;
  private int count;

  EmptyRecords(Scheduler clock) {
    this.clock = clock;
  }

  /**
   * One more has come.
   *
   * @throws SSLException when that is too many
   */
  void another() throws SSLException {
    long now = clock.nanoTime();
    if (count == 0 || now - periodBegunNanos >= PERIOD_NANOS) {
      periodBegunNanos = now;
      count = 0;
    }
    count++;
    if (count > MOST) {
      throw new SSLException(
          "the peer sent more than "
              + MOST
              + " key updates or empty records within a second, which is refused");
    }
  }
}
