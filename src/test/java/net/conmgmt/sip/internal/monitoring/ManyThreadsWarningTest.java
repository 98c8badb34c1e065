package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.StubConnection;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A thread for each connection is nothing for a proxy with many. */
class ManyThreadsWarningTest {

  private final CapturedLog log = new CapturedLog(ManyThreadsWarning.class, Level.WARN);
  private final ManyThreadsWarning warning = new ManyThreadsWarning();

  @AfterEach
  void close() {
    log.close();
  }

  private void establish(Side side, int first, int count) {
    for (int i = first; i < first + count; i++) {
      warning.established(new StubConnection(i, side, "TLS"));
    }
  }

  @Test
  void itIsSaidOnceWhenThereIsOneConnectionTooMany() {
    establish(Side.PROXY, 0, ManyThreadsWarning.MANY);
    assertThat(log.lines()).isEmpty();
    establish(Side.PROXY, ManyThreadsWarning.MANY, 100);
    assertThat(log.lines())
        .containsExactly(
            "WARN More than 1000 accepted connections with net.conmgmt.sip.TRANSPORT = blocking,"
                + " each with threads of its own: nio suits a proxy better");
  }

  @Test
  void connectionsThatHaveEndedDoNotCount() {
    for (int i = 0; i < 3 * ManyThreadsWarning.MANY; i++) {
      establish(Side.PROXY, i, 1);
      warning.closed(new StubConnection(i, Side.PROXY, "TLS"), CloseReason.PEER_CLOSED, "");
    }
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void connectionsThatNeverWereEstablishedDoNotMakeRoomForOthers() {
    for (int i = 0; i < 10; i++) {
      warning.closed(new StubConnection(i, Side.PROXY, "TLS"), CloseReason.TLS_FAILED, "");
    }
    establish(Side.PROXY, 10, ManyThreadsWarning.MANY + 1);
    assertThat(log.lines()).hasSize(1);
  }

  @Test
  void connectionsThatThisStackOpenedDoNotCount() {
    establish(Side.CLIENT, 0, 2 * ManyThreadsWarning.MANY);
    assertThat(log.lines()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"blocking, 1", "nio, 0"})
  void aStackIsWatchedWhereItsTransportIsBlocking(String transport, int lines) {
    Properties raw = new Properties();
    raw.setProperty("net.conmgmt.sip.TRANSPORT", transport);
    raw.setProperty(
        "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
        "net.conmgmt.sip.transport.ManagedMessageProcessorFactory");
    StackScope scope = new StackScope(ConnectionManagementProperties.of(raw));
    Monitoring monitoring = Monitoring.of(scope);
    for (int i = 0; i <= ManyThreadsWarning.MANY; i++) {
      StubConnection connection = new StubConnection(i, Side.PROXY, "TLS");
      ConnectionRegistry.of(scope).listeners().tell("test", l -> l.established(connection));
    }
    assertThat(monitoring.counts().accepted()).isEqualTo(ManyThreadsWarning.MANY + 1);
    assertThat(log.lines()).hasSize(lines);
  }
}
