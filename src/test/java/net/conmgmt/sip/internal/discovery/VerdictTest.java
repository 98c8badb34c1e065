package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLHandshakeException;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server over TLS 1.3 that may still refuse the client's certificate when it is connected. */
class VerdictTest extends AttemptFixture {

  private final CompletableFuture<Object> verdict = new CompletableFuture<>();

  @BeforeEach
  void mayRefuse() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    connector.onConnect =
        connection -> {
          if (ConnectionText.of(connection.remoteAddress()).equals("127.0.0.2:5061")) {
            connection.verdict = verdict;
          }
        };
  }

  private CompletableFuture<DiscoveryResult> connect() {
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    return result;
  }

  @Test
  void isUsedAsSoonAsItHasTakenTheConnection() {
    CompletableFuture<DiscoveryResult> result = connect();
    assertThat(result).isNotDone();
    verdict.complete("taken");
    time.advance(0);
    assertThat(now(result).connection()).isSameAs(connector.connections.get(0));
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void isUsedAfterASecondInWhichItHasSaidNothing() {
    CompletableFuture<DiscoveryResult> result = connect();
    time.advance(Duration.ofSeconds(1).toNanos() - 1);
    assertThat(result).isNotDone();
    time.advance(1);
    assertThat(now(result).connection()).isSameAs(connector.connections.get(0));
    verdict.completeExceptionally(new SSLHandshakeException("too late"));
    time.advance(0);
    assertThat(events).filteredOn(event -> event.startsWith("attempt")).hasSize(1);
  }

  @Requirement("DISC-12")
  @Test
  void endsTheDiscoveryWhereItRefuses() {
    CompletableFuture<DiscoveryResult> result = connect();
    verdict.completeExceptionally(new SSLHandshakeException("bad_certificate"));
    time.advance(0);
    refused(now(result));
    time.advance(Duration.ofSeconds(1).toNanos());
    assertThat(events).filteredOn(event -> event.startsWith("attempt")).hasSize(1);
  }

  @Requirement("DISC-12")
  @Test
  void endsTheDiscoveryWhereItHasRefusedBeforeItIsLookedAt() {
    verdict.completeExceptionally(new SSLHandshakeException("bad_certificate"));
    refused(now(connect()));
  }

  private void refused(DiscoveryResult end) {
    assertThat(end.report().attempts())
        .extracting(Attempt::outcome)
        .containsExactly(Outcome.REFUSED);
    assertThat(end.cause()).hasMessage("bad_certificate");
    assertThat(connector.targets).hasSize(1);
    assertThat(time.pendingTasks()).isZero();
  }

  @Requirement("DISC-11")
  @Test
  void isFollowedByTheNextAddressWhereTheConnectionEnds() {
    CompletableFuture<DiscoveryResult> result = connect();
    verdict.completeExceptionally(new IOException("the peer closed the connection"));
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.3:5061/TLS");
    assertThat(now(result).report().attempts())
        .extracting(Attempt::outcome)
        .containsExactly(Outcome.CONNECT_FAILED, Outcome.CONNECTED);
  }
}
