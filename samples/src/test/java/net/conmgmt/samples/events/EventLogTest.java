package net.conmgmt.samples.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.junit.jupiter.api.Test;

/** One event is one line of JSON, whatever is in it. */
class EventLogTest {

  /** Says of itself what a listener's event shows. */
  private static final ManagedConnection CONNECTION =
      (ManagedConnection)
          Proxy.newProxyInstance(
              EventLogTest.class.getClassLoader(),
              new Class<?>[] {ManagedConnection.class},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "id" -> 1L;
                    case "side" -> Side.CLIENT;
                    case "transport" -> "TCP";
                    case "localAddress", "remoteAddress" ->
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 5060);
                    case "peerName" -> "sip.contoso.test";
                    default -> throw new UnsupportedOperationException(method.toString());
                  });

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
  void whatWouldBreakALineIsEscaped() {
    assertThat(Json.of("a\"b\\c\r\n\t\u0000\u001f\ud83d\ude00ü"))
        .isEqualTo("\"a\\\"b\\\\c\\r\\n\\t\\u0000\\u001F\ud83d\ude00ü\"");
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
            Optional.empty(),
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
  void everythingThatAListenerIsToldIsOneLineWithAnEventOfItsOwn() throws Exception {
    List<String> events = new ArrayList<>();
    for (Method told : ConnectionManagementListener.class.getMethods()) {
      if (hasFullerForm(told)) {
        continue;
      }
      int before = out.getBuffer().length();
      Object[] arguments =
          Stream.of(told.getParameterTypes()).map(EventLogTest::anyOf).toArray(Object[]::new);
      told.invoke(log, arguments);
      String line = out.getBuffer().substring(before);
      assertThat(line).as(told.getName()).endsWith("}\n").containsOnlyOnce("\n");
      events.add(String.valueOf(Json.fields(line).get("event")));
    }
    assertThat(events).hasSizeGreaterThan(15).doesNotHaveDuplicates();
    assertThat(events)
        .contains("connection.connecting", "message.refused", "connection.refused", "proxy.lost");
  }

  /** Some are told with more detail as well, and the log takes that. */
  private static boolean hasFullerForm(Method told) {
    return Stream.of(ConnectionManagementListener.class.getMethods())
        .anyMatch(
            other ->
                other.getName().equals(told.getName())
                    && other.getParameterCount() > told.getParameterCount());
  }

  private static Object anyOf(Class<?> type) {
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    Candidate candidate =
        new Candidate("sip.contoso.test", 5060, "TCP", Candidate.Source.FALL_BACK);
    Map<Class<?>, Object> values =
        Map.of(
            String.class,
            "text",
            Duration.class,
            Duration.ofSeconds(1),
            InetSocketAddress.class,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 5060),
            Endpoint.class,
            new Endpoint("sip:a@b", "1"),
            ManagedConnection.class,
            CONNECTION,
            Candidate.class,
            candidate,
            DiscoveryReport.Query.class,
            new DiscoveryReport.Query(
                "n", DiscoveryReport.Query.Result.FAILED, List.of(), List.of(), "", 1),
            DiscoveryReport.Attempt.class,
            new DiscoveryReport.Attempt(
                candidate, "", DiscoveryReport.Attempt.Outcome.LOOKUP_FAILED, "", 1, 2),
            DiscoveryReport.class,
            new DiscoveryReport(
                "contoso.test",
                List.of(),
                List.of(),
                List.of(),
                null,
                null,
                Optional.empty(),
                "why",
                12));
    return Objects.requireNonNull(values.get(type), type.getName());
  }

  @Test
  void theDemoReadsWhatTheLogWrites() {
    log.event("message.received", "text", "he said \"hi\" \\o/", "n", -3);
    assertThat(Json.fields(out.toString()))
        .containsEntry("event", "message.received")
        .containsEntry("text", "he said \"hi\" \\o/")
        .containsEntry("n", "-3");
  }
}
