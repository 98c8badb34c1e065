package net.conmgmt.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.junit.jupiter.api.Test;

/** One event is one line of JSON, whatever is in it. */
class EventLogTest {

  private final StringWriter out = new StringWriter();
  private final EventLog log =
      EventLog.to(out, Clock.fixed(Instant.parse("2026-01-02T03:04:05.006007Z"), ZoneOffset.UTC));

  @Test
  void anEventIsOneLineWithTimeAndName() {
    log.event("registered", "aor", "sip:a@b", "expires", 600, "refresh", true);
    assertThat(out.toString())
        .isEqualTo(
            "{\"time\":\"2026-01-02T03:04:05.006Z\",\"event\":\"registered\","
                + "\"aor\":\"sip:a@b\",\"expires\":600,\"refresh\":true}\n");
  }

  @Test
  void whatWouldBreakALineOrAReaderIsEscaped() {
    assertThat(Json.of("a\"b\\c\r\n\t\u0000\u001f\u2028\ud800z\ud83d\ude00ü"))
        .isEqualTo("\"a\\\"b\\\\c\\r\\n\\t\\u0000\\u001f\\u2028\\ud800z\ud83d\ude00ü\"");
  }

  @Test
  void recordsListsAndNullsAreWritten() {
    DiscoveryReport report =
        new DiscoveryReport(
            "contoso.test",
            List.of(),
            List.of(new Candidate("sip.contoso.test", 5060, "TCP", Candidate.Source.FALL_BACK)),
            List.of(),
            null,
            null,
            "nothing there",
            12);
    assertThat(Json.of(report))
        .isEqualTo(
            "{\"domain\":\"contoso.test\",\"queries\":[],\"candidates\":[{\"host\":"
                + "\"sip.contoso.test\",\"port\":5060,\"transport\":\"TCP\",\"source\":"
                + "\"FALL_BACK\"}],\"attempts\":[],\"chosen\":null,\"chosenCandidate\":null,"
                + "\"failure\":\"nothing there\",\"millis\":12}");
  }

  @Test
  void theDemoReadsWhatTheLogWrites() {
    log.event("message.received", "text", "he said \"hi\" \\o/", "n", -3);
    assertThat(ChildUa.fields(out.toString()))
        .containsEntry("event", "message.received")
        .containsEntry("text", "he said \"hi\" \\o/")
        .containsEntry("n", "-3");
  }
}
