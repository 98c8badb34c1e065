package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.StubConnection;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

class FlightRecordsTest {

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - 1_000_000_000L);
  private final FlightRecords records = new FlightRecords(time);
  private final ManagedConnection connection = new StubConnection(7, Side.CLIENT, "TLS");

  @Test
  void theLastEventsAreKeptInOrderWithTheirAge() {
    records.connecting(connection);
    time.advanceSeconds(1);
    records.established(connection);
    records.keepAliveOffered(connection, "REGISTER");
    time.advanceSeconds(2);
    records.keepAliveNegotiated(
        connection, KeepAliveDialect.MS, Duration.ofSeconds(300), Duration.ofSeconds(200));
    records.keepAliveFailed(connection, KeepAliveDialect.MS, KeepAliveFailure.MIRRORED, "why");
    records.messageRefused(connection, "no CSeq");
    records.endpointAuthenticated(connection, new Endpoint("sip:a@b", ""));
    records.endpointRemoved(connection, new Endpoint("sip:a@b", ""), CloseReason.REPLACED);
    assertThat(records.of(connection))
        .containsExactly(
            "3.000 s ago: connecting",
            "2.000 s ago: established",
            "2.000 s ago: keep-alive offered on REGISTER",
            "0.000 s ago: keep-alive negotiated (ms), T = 300 s, a keep-alive within 200 s",
            "0.000 s ago: keep-alive not negotiated (ms): why",
            "0.000 s ago: message refused: no CSeq",
            "0.000 s ago: authenticated: sip:a@b",
            "0.000 s ago: removed, REPLACED: sip:a@b");
  }

  @Test
  void noMoreThan32EventsAreKept() {
    records.connecting(connection);
    for (int i = 0; i < 3 * FlightRecords.CAPACITY; i++) {
      time.advanceSeconds(1);
      if (i % 3 == 0) {
        records.keepAliveSent(connection);
      } else if (i % 3 == 1) {
        records.keepAliveReceived(connection);
      } else {
        records.keepAliveAnswered(connection);
      }
      assertThat(records.of(connection)).hasSize(Math.min(i + 2, FlightRecords.CAPACITY));
      assertThat(records.of(connection).get(0))
          .startsWith(Math.min(i + 1, FlightRecords.CAPACITY - 1) + ".000 s ago");
    }
    assertThat(records.of(connection)).last().isEqualTo("0.000 s ago: keep-alive answered");
  }

  @Test
  void aPeersLongTextIsCutOff() {
    records.connecting(connection);
    records.messageRefused(connection, "x".repeat(10_000));
    assertThat(records.of(connection).get(1)).hasSizeLessThan(150);
  }

  @Test
  void theEndOfAConnectionWritesItsEventsAtDebugAndForgetsThem() {
    try (CapturedLog log = new CapturedLog(FlightRecords.class, Level.DEBUG)) {
      records.connecting(connection);
      records.established(connection);
      time.advanceSeconds(5);
      records.closed(connection, CloseReason.PEER_CLOSED, "FIN");
      assertThat(log.lines())
          .containsExactly(
              "DEBUG connection #7 to sip.contoso.test (127.0.0.1:40000/TLS): closed, PEER_CLOSED FIN;"
                  + " its last events:\n  5.000 s ago: connecting\n  5.000 s ago: established");
    }
    assertThat(records.of(connection)).isEqualTo(List.of());
    assertThat(records.size()).isZero();
  }

  @Test
  void nothingIsWrittenAboveDebug() {
    try (CapturedLog log = new CapturedLog(FlightRecords.class, Level.INFO)) {
      records.connecting(connection);
      records.closed(connection, CloseReason.LOCAL, "");
      assertThat(log.lines()).isEmpty();
    }
  }

  /** A newer connection tells of it, and may be late. */
  @Test
  void whatIsToldOfAConnectionAfterItsEndIsNotKept() {
    ManagedConnection newer = new StubConnection(8, Side.PROXY, "TLS");
    records.connecting(connection);
    records.endpointReplaced(connection, new Endpoint("sip:a@b", ""), newer);
    assertThat(records.of(connection)).last().asString().endsWith("replaced by #8: sip:a@b");
    records.closed(connection, CloseReason.REPLACED, "");
    records.endpointReplaced(connection, new Endpoint("sip:a@b", ""), newer);
    assertThat(records.size()).isZero();
  }
}
