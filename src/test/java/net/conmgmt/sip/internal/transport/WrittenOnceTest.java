package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.ClientTransactionExt;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import javax.sip.ClientTransaction;
import javax.sip.Timeout;
import javax.sip.TimeoutEvent;
import javax.sip.message.Request;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The RI's timer E runs over TCP as well once a provisional response has come. */
class WrittenOnceTest {

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement("CLI-11")
  void aRequestIsWrittenOnceWhateverProvisionalResponsesCome(String kind) throws Exception {
    try (ServerSocket listener = listener();
        PlainApplication client = application(kind)) {
      int port = listener.getLocalPort();
      ClientTransaction first = client.sendTo(Request.REGISTER, "127.0.0.1", port);
      try (RawPeer proxy = RawPeer.accept(listener)) {
        String register = proxy.readMessage();
        proxy.send(provisionalTo(register, first));
        awaitRetransmission(client);

        client.sendTo(Request.OPTIONS, "127.0.0.1", port);
        assertThat(proxy.readMessage()).startsWith("OPTIONS ");
        proxy.send(RawPeer.okTo(register, ""));
        awaitStatus(client, 200);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement("CLI-11")
  void aRequestWhoseConnectionIsLostIsWrittenOnceMoreOnTheNext(String kind) throws Exception {
    try (ServerSocket listener = listener();
        PlainApplication client = application(kind)) {
      int port = listener.getLocalPort();
      ClientTransaction first = client.sendTo(Request.REGISTER, "127.0.0.1", port);
      RawPeer lost = RawPeer.accept(listener);
      String register = lost.readMessage();
      lost.send(provisionalTo(register, first));
      awaitStatus(client, 100);
      lost.close();
      try (RawPeer proxy = RawPeer.accept(listener)) {
        assertThat(proxy.readMessage()).isEqualTo(register);
        awaitRetransmission(client);
        awaitRetransmission(client);
        client.sendTo(Request.OPTIONS, "127.0.0.1", port);
        assertThat(proxy.readMessage()).startsWith("OPTIONS ");
      }
    }
  }

  private static ServerSocket listener() throws Exception {
    return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  private static PlainApplication application(String kind) throws Exception {
    return new PlainApplication(
        Stacks.managed(IoKinds.PROPERTY, kind), "127.0.0.1", Stacks.freePort());
  }

  /** From now on the RI tells whenever it has repeated the request, as it believes. */
  private static String provisionalTo(String request, ClientTransaction transaction) {
    ClientTransactionExt told = (ClientTransactionExt) transaction;
    told.setNotifyOnRetransmit(true);
    told.setTimerT2(500);
    return RawPeer.okTo(request, "").replace("SIP/2.0 200 OK", "SIP/2.0 100 Trying");
  }

  private static void awaitRetransmission(PlainApplication client) throws Exception {
    TimeoutEvent event = client.timeouts.poll(30, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    assertThat(event.getTimeout()).isEqualTo(Timeout.RETRANSMIT);
  }

  private static void awaitStatus(PlainApplication client, int status) throws Exception {
    int seen = 0;
    while (seen != status) {
      var response = client.responses.poll(30, TimeUnit.SECONDS);
      assertThat(response).isNotNull();
      seen = response.getStatusCode();
    }
  }
}
