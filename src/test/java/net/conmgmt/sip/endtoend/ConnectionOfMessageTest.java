package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.sip.message.Message;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An application that asks late still learns on which connection a message arrived. */
class ConnectionOfMessageTest {

  private static final String LOOPBACK = "127.0.0.1";

  private static PlainApplication application(String kind, int port) throws Exception {
    return new PlainApplication(Stacks.managed(IoKinds.PROPERTY, kind), LOOPBACK, port);
  }

  private static ManagedConnection connectionOf(PlainApplication application, Message message) {
    return ConnectionManagement.of(application.stack()).connectionOf(message).orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void theConnectionOfAMessageIsKnownAfterItsEndAndWhenANewerOneHasTheSamePeer(String kind)
      throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication server = application(kind, port);
        PlainApplication client = application(kind, Stacks.freePort())) {
      client.sendTo(Request.OPTIONS, LOOPBACK, port);
      Message response = Objects.requireNonNull(client.responses.poll(30, TimeUnit.SECONDS));
      Message request = Objects.requireNonNull(server.requests.poll(30, TimeUnit.SECONDS));
      ManagedConnection first = connectionOf(client, response);
      ManagedConnection accepted = connectionOf(server, request);
      assertThat(first.isOpen()).isTrue();

      first.close("to be asked for later");
      await().until(() -> !accepted.isOpen());
      client.sendTo(Request.OPTIONS, LOOPBACK, port);
      Message later = Objects.requireNonNull(client.responses.poll(30, TimeUnit.SECONDS));

      assertThat(connectionOf(client, response)).isSameAs(first);
      assertThat(connectionOf(server, request)).isSameAs(accepted);
      assertThat(connectionOf(client, later)).isNotSameAs(first);
      assertThat(first.isOpen()).isFalse();
    }
  }
}
