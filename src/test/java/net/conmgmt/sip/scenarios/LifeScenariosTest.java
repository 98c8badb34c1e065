package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import javax.sip.ListeningPoint;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.message.Request;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Stacks and listening points that come and go while others talk to them. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#all")
class LifeScenariosTest extends ScenarioTest {

  @Test
  void aStackThatStopsAmidTrafficEndsItsConnectionsAndFreesItsPort() throws Exception {
    ScenarioApplication server = stage.application();
    RawPeer idle = stage.dial(server);
    idle.send(stage.raw("OPTIONS", "idle", "", ""));
    idle.readMessage();
    List<Future<Integer>> talkers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      RawPeer peer = stage.dial(server);
      String name = "talker-" + i + "-";
      peer.send(stage.raw("OPTIONS", name + "first", "", ""));
      peer.readMessage();
      talkers.add(stage.meanwhile(() -> talkUntilTheEnd(peer, name)));
    }
    for (int i = 0; i < 50; i++) {
      next(server.requests);
    }
    server.close();
    assertThat(idle.readsEnd()).isTrue();
    for (Future<Integer> talker : talkers) {
      assertThat(talker.get()).isNotNegative();
    }
    ScenarioApplication successor = stage.application(server.port());
    RawPeer peer = stage.dial(successor);
    peer.send(stage.raw("OPTIONS", "successor", "", ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
  }

  /** How many more requests were answered before the connection ended. */
  private int talkUntilTheEnd(RawPeer peer, String name) {
    int answered = 0;
    try {
      while (true) {
        peer.send(stage.raw("OPTIONS", name + answered, "", ""));
        peer.readMessage();
        answered++;
      }
    } catch (IOException ended) {
      return answered;
    }
  }

  @Test
  void aStackThatStopsAmidItsOwnRequestsComesToAnEnd() throws Exception {
    ScenarioApplication server = stage.server();
    ScenarioApplication client = stage.application();
    List<Future<Integer>> senders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      senders.add(stage.meanwhile(() -> sendUntilItFails(client, server.port())));
    }
    for (int i = 0; i < 50; i++) {
      next(client.responses);
    }
    client.close();
    for (Future<Integer> sender : senders) {
      assertThat(sender.get()).isPositive();
    }
    stage.client().send(Request.OPTIONS, server.port());
    assertThat(stage.client().nextStatus()).isEqualTo(200);
  }

  private static int sendUntilItFails(ScenarioApplication client, int port) throws Exception {
    int sent = 0;
    try {
      while (true) {
        client.send(Request.OPTIONS, port);
        sent++;
      }
    } catch (SipException | RuntimeException stopped) {
      return sent;
    }
  }

  @Test
  void aListeningPointThatIsDeletedEndsAndTheOthersStay() throws Exception {
    ScenarioApplication application = stage.application();
    int second = Stacks.freePort();
    SipProvider provider = application.alsoListenOn(second, setup.transport());
    RawPeer stays = stage.dial(application);
    stage.client().send(Request.OPTIONS, second);
    assertThat(stage.client().nextStatus()).isEqualTo(200);
    ListeningPoint point = provider.getListeningPoint(setup.transport());
    provider.removeSipListener(application);
    application.stack().deleteSipProvider(provider);
    application.stack().deleteListeningPoint(point);
    // The socket is freed by the thread that waits on it, a moment later.
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> RawPeer.connect(second).close())
                    .isInstanceOf(IOException.class));
    stays.send(stage.raw("OPTIONS", "stays", "", ""));
    assertThat(stays.readMessage()).startsWith("SIP/2.0 200");
  }

  @Test
  void oneStackListensOnUdpBesideIt() throws Exception {
    ScenarioApplication application = stage.application();
    int udp = Stacks.freePort();
    SipProvider provider = application.alsoListenOn(udp, "udp");
    ScenarioApplication other = stage.application();
    other.send(Request.OPTIONS, application.port());
    assertThat(other.nextStatus()).isEqualTo(200);
    try (DatagramSocket socket = new DatagramSocket()) {
      byte[] request =
          stage
              .raw("OPTIONS", "udp", String.valueOf(socket.getLocalPort()), "", "")
              .replace(setup.viaTransport(), "UDP")
              .getBytes(StandardCharsets.UTF_8);
      socket.setSoTimeout(10_000);
      socket.send(
          new DatagramPacket(request, request.length, InetAddress.getLoopbackAddress(), udp));
      byte[] buffer = new byte[2000];
      DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
      socket.receive(answer);
      assertThat(new String(buffer, 0, answer.getLength(), StandardCharsets.UTF_8))
          .startsWith("SIP/2.0 200");
    }
    next(application.requests);
    assertThat(next(application.requests).getSource()).isSameAs(provider);
  }
}
