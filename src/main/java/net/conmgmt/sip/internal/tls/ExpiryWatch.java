package net.conmgmt.sip.internal.tls;

import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Warns before the own certificate expires: 30, 7 and 1 days before, and when it has. Looks once a
 * day, as the file may be exchanged meanwhile. Thread-safe.
 */
public final class ExpiryWatch {

  private static final Logger LOG = LogManager.getLogger(ExpiryWatch.class);
  private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);
  private static final int[] WARN_AT_DAYS = {1, 7, 30};

  private final Object about;
  private final Supplier<@Nullable X509Certificate> first;
  private final Scheduler scheduler;
  private final Clock clock;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private Scheduler.@Nullable Task next;
  private boolean stopped;

  /**
   * A watch that has not begun.
   *
   * @param about what shows the certificate, for the log
   * @param first of the certificates that are shown now, the one that expires first; or null
   */
  public ExpiryWatch(
      Object about, Supplier<@Nullable X509Certificate> first, Scheduler scheduler, Clock clock) {
    this.about = about;
    this.first = first;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  /** Looks now, and once a day until it is stopped. */
  public synchronized void look() {
    if (stopped) {
      return;
    }
    X509Certificate certificate = first.get();
    if (certificate != null) {
      judge(certificate);
    }
    next = scheduler.schedule(Scheduler.named(about, this::look), DAY_NANOS);
  }

  /** Looks no more. */
  public synchronized void stop() {
    stopped = true;
    if (next != null) {
      next.cancel();
    }
  }

  private void judge(X509Certificate certificate) {
    Instant end = certificate.getNotAfter().toInstant();
    Duration left = Duration.between(clock.instant(), end);
    if (left.isNegative()) {
      if (said.add(certificate.getSerialNumber() + " expired")) {
        LOG.error(
            "{}: the certificate {} expired at {}: peers refuse it. Put another one into its file",
            about,
            certificate.getSubjectX500Principal(),
            end);
      }
      return;
    }
    for (int days : WARN_AT_DAYS) {
      if (left.compareTo(Duration.ofDays(days)) <= 0) {
        if (said.add(certificate.getSerialNumber() + " " + days)) {
          LOG.warn(
              "{}: the certificate {} expires at {}, in less than {}. A new file is taken"
                  + " without a restart",
              about,
              certificate.getSubjectX500Principal(),
              end,
              days(left));
        }
        return;
      }
    }
  }

  private static String days(Duration left) {
    return left.toDays() == 0 ? "a day" : left.toDays() + 1 + " days";
  }
}
