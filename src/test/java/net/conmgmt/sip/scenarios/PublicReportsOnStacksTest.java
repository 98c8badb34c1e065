package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import javax.sip.ListeningPoint;
import javax.sip.address.SipURI;
import javax.sip.message.Request;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What users of SIP stacks have reported in public about stacks and listening points, tried on
 * ours: see {@link PublicReportsScenariosTest}.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#ours")
class PublicReportsOnStacksTest extends ScenarioTest {

  /** RestComm/jain-sip 65: a keep-alive that came amid the stop made channels for ever. */
  @Test
  void aStackStopsThoughItsPeersSendKeepAlives() throws Exception {
    ScenarioApplication server = stage.application();
    List<Future<Integer>> pinging = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      RawPeer peer = stage.dial(server);
      peer.send(stage.raw("OPTIONS", "pinging-" + i, "", ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      pinging.add(stage.meanwhile(() -> pingUntilTheEnd(peer)));
    }
    server.close();
    for (Future<Integer> each : pinging) {
      assertThat(each.get()).isNotNegative();
    }
    assertThatThrownBy(() -> stage.dial(server)).isInstanceOf(IOException.class);
  }

  private static int pingUntilTheEnd(RawPeer peer) {
    int answered = 0;
    try {
      while (true) {
        peer.send("\r\n\r\n");
        peer.read(2);
        answered++;
      }
    } catch (IOException ended) {
      return answered;
    }
  }

  /** usnistgov/jsip 31: a null pointer when a stack stopped whose port had been in use. */
  @Test
  void aStackStopsWhosePortWasInUse() throws Exception {
    ScenarioApplication other = stage.application();
    assertThatThrownBy(() -> other.alsoListenOn(stage.server().port(), setup.transport()))
        .hasStackTraceContaining("Address already in use");
    assertThatCode(() -> other.stack().stop()).doesNotThrowAnyException();
  }

  /** RestComm/jain-sip 194: the way of an application whose machine has changed its network. */
  @Test
  void aClientThatMakesItsListeningPointAnewSendsAgain() throws Exception {
    ScenarioApplication server = stage.server();
    ScenarioApplication client = stage.application();
    client.send(Request.OPTIONS, server.port());
    assertThat(client.nextStatus()).isEqualTo(200);
    Request again = client.request(Request.OPTIONS, server.port());
    ListeningPoint point = client.provider().getListeningPoint(setup.transport());
    client.provider().removeSipListener(client);
    client.stack().deleteListeningPoint(point);
    client.stack().deleteSipProvider(client.provider());
    client
        .alsoListenOn(Stacks.freePort(), setup.transport())
        .getNewClientTransaction(again)
        .sendRequest();
    assertThat(client.nextStatus()).isEqualTo(200);
  }

  /** RestComm/jain-sip 114: a null pointer for a hop whose transport the provider has not. */
  @Test
  void aRequestToATransportWithoutListeningPointLeavesByThatOfItsVia() throws Exception {
    ScenarioApplication client = stage.client();
    Request request = client.request(Request.OPTIONS, stage.server().port());
    ((SipURI) request.getRequestURI()).setTransportParam("udp");
    client.transaction(request).sendRequest();
    assertThat(client.nextStatus()).isEqualTo(200);
  }
}
