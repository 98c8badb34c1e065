package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.StubConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JfrEventsTest {

  @TempDir private Path folder;
  private final JfrEvents events = new JfrEvents();
  private final ManagedConnection connection = new StubConnection(9, Side.CLIENT, "TLS");

  @Test
  void aRecordingHasEstablishedNegotiatedPingClosedAndDiscoveryAttempts() throws Exception {
    Path file = folder.resolve("conmgmt.jfr");
    Candidate candidate =
        new Candidate("sip.contoso.test", 5061, "TLS", Candidate.Source.FALL_BACK);
    try (Recording recording = new Recording()) {
      recording.start();
      events.established(connection);
      events.keepAliveNegotiated(
          connection, KeepAliveDialect.MS, Duration.ofSeconds(300), Duration.ofSeconds(200));
      events.keepAliveSent(connection);
      events.keepAliveAnswered(connection);
      events.keepAliveReceived(connection);
      events.closed(connection, CloseReason.PEER_CLOSED, "FIN");
      events.discoveryAttemptEnded(
          "contoso.test",
          new Attempt(candidate, "127.0.0.1:5061", Outcome.CONNECT_FAILED, "refused", 10, 35));
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> recorded =
        RecordingFile.readAllEvents(file).stream()
            .filter(e -> e.getEventType().getName().startsWith("net.conmgmt.sip."))
            .toList();
    assertThat(recorded.stream().map(e -> e.getEventType().getName().substring(16)))
        .containsExactly(
            "ConnectionEstablished",
            "KeepAliveNegotiated",
            "KeepAlive",
            "KeepAlive",
            "KeepAlive",
            "ConnectionClosed",
            "DiscoveryAttempt");
    assertThat(recorded.get(0).getString("peerName")).isEqualTo("sip.contoso.test");
    assertThat(recorded.get(0).getString("side")).isEqualTo("CLIENT");
    assertThat(recorded.get(0).getString("remote")).isEqualTo("127.0.0.1:40000");
    assertThat(recorded.get(1).getDuration("timeout")).hasSeconds(300);
    assertThat(recorded.get(1).getDuration("refresh")).hasSeconds(200);
    assertThat(recorded.subList(2, 5).stream().map(e -> e.getString("direction")))
        .containsExactly("sent", "answered", "received");
    assertThat(recorded.get(5).getString("reason")).isEqualTo("PEER_CLOSED");
    assertThat(recorded.get(5).getLong("connection")).isEqualTo(9);
    assertThat(recorded.get(6).getString("outcome")).isEqualTo("CONNECT_FAILED");
    assertThat(recorded.get(6).getDuration("took")).hasMillis(25);
  }

  @Test
  @Requirement({"CLU-1", "CLU-3"})
  void aRecordingHasTheLeasesOfTheDirectoryAndWhatWasDisplaced() throws Exception {
    Path file = folder.resolve("directory.jfr");
    JfrDirectoryEvents directory =
        new JfrDirectoryEvents(
            () ->
                new DirectoryStatus(
                    "a:5060", true, true, 9, List.of("a:5060", "b:5060"), 7, 6, 5, 4, 3, 2, 1, 1));
    try (Recording recording = new Recording()) {
      recording.start();
      directory.leaseGained();
      directory.displaced(
          new DirectoryEntry(
              new Endpoint("sip:alice@contoso.com", "desk"), 42, "a:5060", "flow", "", true),
          "b:5060");
      directory.leaseLost();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> recorded =
        RecordingFile.readAllEvents(file).stream()
            .filter(e -> e.getEventType().getName().startsWith("net.conmgmt.sip."))
            .toList();
    assertThat(recorded.stream().map(e -> e.getEventType().getName().substring(16)))
        .containsExactly("DirectoryLease", "EndpointDisplaced", "DirectoryLease");
    assertThat(recorded.get(0).getString("node")).isEqualTo("a:5060");
    assertThat(recorded.get(0).getString("nodes")).isEqualTo("a:5060 b:5060");
    assertThat(recorded.get(0).getBoolean("held")).isTrue();
    assertThat(recorded.get(0).getInt("behind")).isEqualTo(6);
    assertThat(recorded.get(0).getLong("claims")).isEqualTo(5);
    assertThat(recorded.get(1).getLong("epoch")).isEqualTo(42);
    assertThat(recorded.get(1).getString("newerNode")).isEqualTo("b:5060");
    assertThat(recorded.get(2).getBoolean("held")).isFalse();
  }

  @Test
  void aStacksOwnConnectionsAndDiscoveriesReachARecording() throws Exception {
    Path file = folder.resolve("stack.jfr");
    StackScope scope = new StackScope(ConnectionManagementProperties.of(new Properties()));
    Monitoring monitoring = Monitoring.of(scope);
    Candidate candidate =
        new Candidate("sip.contoso.test", 5061, "TLS", Candidate.Source.FALL_BACK);
    try (Recording recording = new Recording()) {
      recording.start();
      ConnectionRegistry.of(scope).listeners().tell("test", l -> l.established(connection));
      ConnectionRegistry.of(scope)
          .listeners()
          .tell(
              "test",
              l ->
                  l.discoveryAttemptEnded(
                      "d", new Attempt(candidate, "", Outcome.LOOKUP_FAILED, "", 0, 1)));
      recording.stop();
      recording.dump(file);
    }
    assertThat(monitoring.counts().opened()).isEqualTo(1);
    assertThat(
            RecordingFile.readAllEvents(file).stream()
                .map(e -> e.getEventType().getName())
                .filter(name -> name.startsWith("net.conmgmt.sip.")))
        .containsExactly(
            "net.conmgmt.sip.ConnectionEstablished", "net.conmgmt.sip.DiscoveryAttempt");
  }
}
