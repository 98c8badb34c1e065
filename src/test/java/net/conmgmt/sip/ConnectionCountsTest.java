package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import org.junit.jupiter.api.Test;

class ConnectionCountsTest {

  @Test
  void whoeverMadeThemOrAsksForThemCannotChangeThem() {
    Map<CloseReason, Long> closes = new HashMap<>(Map.of(CloseReason.LOCAL, 1L));
    Map<KeepAliveFailure, Long> failures = new HashMap<>(Map.of(KeepAliveFailure.MALFORMED, 2L));
    Map<Outcome, Long> attempts = new HashMap<>(Map.of(Outcome.CONNECTED, 3L));
    ConnectionCounts counts =
        new ConnectionCounts(
            0,
            0,
            0,
            0,
            closes,
            new ConnectionCounts.KeepAlives(0, failures, 0, 0, 0),
            new ConnectionCounts.Discoveries(
                0, 0, attempts, Duration.ZERO, Duration.ZERO, Duration.ZERO));
    closes.put(CloseReason.SHUTDOWN, 9L);
    failures.clear();
    attempts.clear();

    assertThat(counts.closes()).isUnmodifiable().containsExactly(Map.entry(CloseReason.LOCAL, 1L));
    assertThat(counts.keepAlives().failures())
        .isUnmodifiable()
        .containsExactly(Map.entry(KeepAliveFailure.MALFORMED, 2L));
    assertThat(counts.discoveries().attempts())
        .isUnmodifiable()
        .containsExactly(Map.entry(Outcome.CONNECTED, 3L));
  }
}
