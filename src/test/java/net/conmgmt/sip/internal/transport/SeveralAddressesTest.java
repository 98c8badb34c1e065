package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Properties;
import javax.sip.SipException;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An outbound proxy that was given by a name behind which there are two servers. */
class SeveralAddressesTest {

  private static final String KINDS = "net.conmgmt.sip.testing.IoKinds#all";
  private static final String NAME = "proxy.contoso.test";

  private final EventRecorder events = new EventRecorder();
  private InetAddress one;
  private InetAddress other;
  private int port;
  private volatile List<InetAddress> answer = List.of();

  @BeforeEach
  void choosePort() throws Exception {
    one = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    other = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    port = Stacks.freePort();
  }

  @AfterEach
  void nothingIsLeft() {
    answer = List.of();
  }

  private PlainApplication client(String kind) throws Exception {
    Properties properties =
        Stacks.managed(
            IoKinds.PROPERTY, kind, "javax.sip.OUTBOUND_PROXY", NAME + ":" + port + "/TCP");
    PlainApplication client = new PlainApplication(properties, "127.0.0.1", Stacks.freePort());
    StackScope.of(client.stack()).put(HostLookup.class, host -> answer.toArray(InetAddress[]::new));
    ConnectionManagement.of(client.stack()).addListener(events);
    return client;
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void theSecondIsTakenWhereTheFirstCannotBeConnected(String kind) throws Exception {
    answer = List.of(one, other);
    try (ServerSocket second = new ServerSocket(port, 5, other);
        PlainApplication client = client(kind)) {
      client.register("alice", "contoso.test");
      try (RawPeer accepted = RawPeer.accept(second)) {
        assertThat(accepted.readMessage()).startsWith("REGISTER ");
      }
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aConnectionThatIsThereIsUsedThoughDnsNamesTheOtherFirstNow(String kind) throws Exception {
    answer = List.of(one, other);
    try (ServerSocket first = new ServerSocket(port, 5, one);
        ServerSocket second = new ServerSocket(port, 5, other);
        PlainApplication client = client(kind)) {
      client.register("alice", "contoso.test");
      try (RawPeer accepted = RawPeer.accept(first)) {
        assertThat(accepted.readMessage()).startsWith("REGISTER ");
        answer = List.of(other, one);
        client.register("bob", "contoso.test");
        assertThat(accepted.readMessage()).startsWith("REGISTER ").contains("bob");
        answer = List.of(other);
        client.register("carol", "contoso.test");
        assertThat(accepted.readMessage()).startsWith("REGISTER ").contains("carol");
      }
      second.setSoTimeout(1);
      assertThatThrownBy(second::accept).isInstanceOf(java.net.SocketTimeoutException.class);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void afterTheEndOfOneTheOtherIsConnected(String kind) throws Exception {
    answer = List.of(one, other);
    try (ServerSocket second = new ServerSocket(port, 5, other);
        PlainApplication client = client(kind)) {
      try (ServerSocket first = new ServerSocket(port, 5, one)) {
        client.register("alice", "contoso.test");
        try (RawPeer accepted = RawPeer.accept(first)) {
          assertThat(accepted.readMessage()).startsWith("REGISTER ");
        }
      }
      events.await("closed CLIENT PEER_CLOSED");
      client.register("alice", "contoso.test");
      try (RawPeer accepted = RawPeer.accept(second)) {
        assertThat(accepted.readMessage()).startsWith("REGISTER ");
      }
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void whereNoneCanBeConnectedTheRequestFails(String kind) throws Exception {
    answer = List.of(one, other);
    try (PlainApplication client = client(kind)) {
      assertThatThrownBy(() -> client.register("alice", "contoso.test"))
          .isInstanceOf(SipException.class)
          .hasStackTraceContaining("Connection refused");
      assertThat(ConnectionManagement.of(client.stack()).connections()).isEmpty();
    }
  }
}
