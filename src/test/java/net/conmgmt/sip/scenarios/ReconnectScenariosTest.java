package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import javax.sip.ClientTransaction;
import javax.sip.Dialog;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.TransactionState;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections that end, at either side, and what goes over new ones afterwards. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#all")
class ReconnectScenariosTest extends ScenarioTest {

  private static final int CROWD = 30;

  private RawPeer answeredOptions(ScenarioApplication application, ServerSocket listener)
      throws Exception {
    Future<ClientTransaction> sent =
        stage.meanwhile(() -> application.send(Request.OPTIONS, listener.getLocalPort()));
    RawPeer peer = stage.accept(listener);
    peer.send(RawPeer.okTo(peer.readMessage(), ""));
    sent.get();
    assertThat(application.nextStatus()).isEqualTo(200);
    return peer;
  }

  @Test
  void theNextRequestAfterThePeerClosedGoesOverANewConnection() throws Exception {
    ServerSocket listener = stage.listen();
    Stage.endAndAwaitEnd(answeredOptions(stage.client(), listener));
    Stage.endAndAwaitEnd(answeredOptions(stage.client(), listener));
    answeredOptions(stage.client(), listener);
  }

  @Test
  void theApplicationCanCloseAConnectionAndTheNextRequestOpensANewOne() throws Exception {
    ScenarioApplication client = stage.client();
    ServerSocket listener = stage.listen();
    int port = listener.getLocalPort();
    RawPeer first = answeredOptions(client, listener);
    SipStackImpl stack = (SipStackImpl) client.stack();
    assertThat(
            stack.closeReliableConnection(
                "127.0.0.1", client.port(), setup.transport(), "127.0.0.1", port))
        .isTrue();
    assertThat(first.readsEnd()).isTrue();
    assertThat(
            stack.closeReliableConnection(
                "127.0.0.1", client.port(), setup.transport(), "127.0.0.1", port))
        .isFalse();
    answeredOptions(client, listener);
  }

  @Test
  void aTransactionMadeBeforeTheConnectionWasLostStillSendsItsRequest() throws Exception {
    ScenarioApplication client = stage.client();
    ServerSocket listener = stage.listen();
    RawPeer first = answeredOptions(client, listener);
    ClientTransaction early =
        client.transaction(client.request(Request.OPTIONS, listener.getLocalPort()));
    Stage.endAndAwaitEnd(first);
    Future<?> sent =
        stage.meanwhile(
            () -> {
              early.sendRequest();
              return null;
            });
    RawPeer second = stage.accept(listener);
    second.send(RawPeer.okTo(second.readMessage(), ""));
    sent.get();
    assertThat(client.nextStatus()).isEqualTo(200);
  }

  @Test
  void theResponsesToARequestWhoseConnectionIsGoneGoToTheAddressInItsVia() throws Exception {
    ScenarioApplication server = stage.server();
    server.onRequest(event -> {});
    ServerSocket sentBy = stage.listen();
    RawPeer caller = stage.dial(server);
    String port = String.valueOf(sentBy.getLocalPort());
    caller.send(stage.raw("INVITE", "gone-" + port, port, "", ""));
    RequestEvent invite = next(server.requests);
    ServerTransaction transaction = server.serverTransaction(invite);
    Stage.endAndAwaitEnd(caller);
    Future<?> answered =
        stage.meanwhile(
            () -> {
              transaction.sendResponse(server.response(invite.getRequest(), Response.RINGING));
              transaction.sendResponse(server.response(invite.getRequest(), Response.OK));
              return null;
            });
    RawPeer again = stage.accept(sentBy);
    // At the end of a stream the stock blocking transport now and then sends a CRLF of its own.
    assertThat(again.readMessage().stripLeading()).startsWith("SIP/2.0 180");
    assertThat(again.readMessage()).startsWith("SIP/2.0 200");
    answered.get();
    again.send(stage.raw("ACK", "gone-" + port, port, "", "").replace("-gone", "-ack-gone"));
  }

  @Test
  void aResponseToAPeerThatIsGoneForGoodIsAnError() throws Exception {
    ScenarioApplication server = stage.server();
    server.onRequest(event -> {});
    RawPeer caller = stage.dial(server);
    String nobody = String.valueOf(Stacks.freePort());
    caller.send(stage.raw("OPTIONS", "lost-" + nobody, nobody, "", ""));
    RequestEvent options = next(server.requests);
    ServerTransaction transaction = server.serverTransaction(options);
    Stage.endAndAwaitEnd(caller);
    assertThatThrownBy(
            () -> transaction.sendResponse(server.response(options.getRequest(), Response.OK)))
        .isInstanceOf(SipException.class);
  }

  /** RFC 3261 section 13.3.1.4: a 2xx is repeated until its ACK; here its way is gone. */
  @Test
  void theListenerHearsOfARepeatedOkThatCannotBeSent() throws Exception {
    ScenarioApplication server = stage.server();
    RawPeer caller = stage.dial(server);
    String nobody = String.valueOf(Stacks.freePort());
    caller.send(stage.raw("INVITE", "unacked-" + nobody, nobody, "", ""));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
    Stage.endAndAwaitEnd(caller);
    IOExceptionEvent event = next(server.ioExceptions);
    assertThat(event.getSource()).isInstanceOf(Dialog.class);
    assertThat(event.getHost()).isEqualTo("127.0.0.1");
  }

  @Test
  void anAckFindsItsWayWhenTheConnectionOfTheInviteIsGone() throws Exception {
    ScenarioApplication client = stage.client();
    ServerSocket listener = stage.listen();
    int port = listener.getLocalPort();
    Future<ClientTransaction> sent = stage.meanwhile(() -> client.send(Request.INVITE, port));
    RawPeer callee = stage.accept(listener);
    String invite = callee.readMessage();
    callee.send(
        RawPeer.okTo(
            invite,
            "Contact: <sip:bob@127.0.0.1:" + port + ";transport=" + setup.transport() + ">\r\n"));
    Dialog dialog = sent.get().getDialog();
    assertThat(client.nextStatus()).isEqualTo(200);
    Stage.endAndAwaitEnd(callee);
    Future<?> acked =
        stage.meanwhile(
            () -> {
              dialog.sendAck(dialog.createAck(1));
              return null;
            });
    assertThat(stage.accept(listener).readMessage()).startsWith("ACK ");
    acked.get();
  }

  @Test
  void aRefusedConnectionFailsEveryRequestOfACrowd() throws Exception {
    ScenarioApplication client = stage.client();
    int nobody = Stacks.freePort();
    List<Future<ClientTransaction>> sent = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      sent.add(stage.meanwhile(() -> client.send(Request.OPTIONS, nobody)));
    }
    for (Future<ClientTransaction> each : sent) {
      assertThatThrownBy(each::get).hasCauseInstanceOf(SipException.class);
    }
    assertThat(client.responses).isEmpty();
  }

  @Test
  void aCrowdOfCallersReachesAServerBeforeAndAfterItsRestart() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.application();
    callFromACrowd(client, server);
    server.close();
    callFromACrowd(client, stage.application(server.port()));
  }

  private void callFromACrowd(ScenarioApplication client, ScenarioApplication server)
      throws Exception {
    List<Future<ClientTransaction>> sent = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      sent.add(stage.meanwhile(() -> client.send(Request.INVITE, server.port())));
    }
    for (Future<ClientTransaction> each : sent) {
      each.get();
    }
    for (int i = 0; i < CROWD; i++) {
      var event = next(client.responses);
      assertThat(event.getResponse().getStatusCode()).isEqualTo(200);
      event.getDialog().sendAck(event.getDialog().createAck(1));
    }
    for (int i = 0; i < 2 * CROWD; i++) {
      next(server.requests);
    }
  }

  @Test
  void aPeerThatVanishesLeavesTheTransactionToItsTimer() throws Exception {
    ScenarioApplication client = stage.client();
    ServerSocket listener = stage.listen();
    Future<ClientTransaction> sent =
        stage.meanwhile(() -> client.send(Request.OPTIONS, listener.getLocalPort()));
    RawPeer peer = stage.accept(listener);
    peer.readMessage();
    Stage.endAndAwaitEnd(peer);
    assertThat(sent.get().getState()).isEqualTo(TransactionState.TRYING);
    answeredOptions(client, listener);
    assertThat(client.ioExceptions).isEmpty();
    assertThat(sent.get().getState()).isEqualTo(TransactionState.TRYING);
  }
}
