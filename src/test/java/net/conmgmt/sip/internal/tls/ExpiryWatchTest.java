package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiryWatchTest {

  @TempDir private Path folder;
  private final VirtualScheduler time = new VirtualScheduler(0);
  private Instant begin = Instant.EPOCH;

  /** Goes as the virtual time does. */
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return begin.plusNanos(time.nanoTime());
        }
      };

  private static X509Certificate certificate(TestCertificates authority, int days)
      throws Exception {
    return authority
        .issue()
        .commonName("proxy")
        .valid(Duration.ofDays(-1), Duration.ofDays(days))
        .make()
        .chain()
        .get(0);
  }

  private void advanceDays(int days) {
    for (int i = 0; i < days; i++) {
      time.advance(TimeUnit.DAYS.toNanos(1));
    }
  }

  @Test
  void thirtySevenAndOneDaysBeforeAndAfterTheEndThereIsALineEach() throws Exception {
    X509Certificate shown = certificate(new TestCertificates(folder), 40);
    begin = shown.getNotAfter().toInstant().minus(Duration.ofDays(40));
    try (CapturedLog log = new CapturedLog(ExpiryWatch.class, Level.WARN)) {
      ExpiryWatch watch = new ExpiryWatch("127.0.0.1:5061/TLS", () -> shown, time, clock);
      watch.look();
      advanceDays(9);
      assertThat(log.lines()).isEmpty();
      advanceDays(1);
      assertThat(log.lines()).singleElement().asString().contains("in less than 31 days");
      advanceDays(22);
      assertThat(log.lines()).hasSize(1);
      advanceDays(9);
      assertThat(log.lines())
          .hasSize(4)
          .last()
          .asString()
          .startsWith("ERROR 127.0.0.1:5061/TLS: the certificate CN=proxy expired at ");
      advanceDays(10);
      assertThat(log.lines()).hasSize(4);
      watch.stop();
      assertThat(time.pendingTasks()).isZero();
    }
  }

  @Test
  void aNewCertificateIsJudgedByItself() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    X509Certificate old = certificate(authority, 5);
    X509Certificate fresh = certificate(authority, 300);
    begin = Instant.now();
    X509Certificate[] shown = {old};
    try (CapturedLog log = new CapturedLog(ExpiryWatch.class, Level.WARN)) {
      ExpiryWatch watch = new ExpiryWatch("x", () -> shown[0], time, clock);
      watch.look();
      shown[0] = fresh;
      advanceDays(10);
      assertThat(log.lines()).singleElement().asString().contains("in less than 5 days");
      watch.stop();
    }
  }

  @Test
  void theLastDayIsCalledADay() throws Exception {
    X509Certificate shown = certificate(new TestCertificates(folder), 1);
    begin = Instant.now();
    try (CapturedLog log = new CapturedLog(ExpiryWatch.class, Level.WARN)) {
      ExpiryWatch watch = new ExpiryWatch("x", () -> shown, time, clock);
      watch.look();
      assertThat(log.lines()).singleElement().asString().contains("in less than a day.");
      watch.stop();
    }
  }

  @Test
  void aStackWithoutCertificateHasNothingToWatch() {
    ExpiryWatch watch = new ExpiryWatch("x", () -> null, time, clock);
    watch.look();
    watch.stop();
    watch.look();
    assertThat(time.pendingTasks()).isZero();
  }
}
