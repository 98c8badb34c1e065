package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.ClientTransactionExt;
import gov.nist.javax.sip.DialogExt;
import gov.nist.javax.sip.ListeningPointExt;
import gov.nist.javax.sip.RequestEventExt;
import gov.nist.javax.sip.ResponseEventExt;
import gov.nist.javax.sip.ServerTransactionExt;
import gov.nist.javax.sip.SipStackExt;
import gov.nist.javax.sip.TransactionExt;
import gov.nist.javax.sip.clientauthutils.AccountManager;
import gov.nist.javax.sip.clientauthutils.AuthenticationHelper;
import gov.nist.javax.sip.clientauthutils.UserCredentials;
import gov.nist.javax.sip.header.HeaderFactoryExt;
import gov.nist.javax.sip.header.extensions.ReplacesHeader;
import gov.nist.javax.sip.message.MessageExt;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.Future;
import javax.sip.ClientTransaction;
import javax.sip.Dialog;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.ServerTransaction;
import javax.sip.header.AuthorizationHeader;
import javax.sip.header.WWWAuthenticateHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method of the RI's public extension interfaces that touches a connection. Heartbeats are in
 * {@link KeepAliveScenariosTest}, the end of connections in {@link ReconnectScenariosTest}.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#all")
class PublicApiScenariosTest extends ScenarioTest {

  private InetSocketAddress localAddressFor(ScenarioApplication application, int peerPort)
      throws Exception {
    SipStackExt stack = (SipStackExt) application.stack();
    InetAddress peer = InetAddress.getLoopbackAddress();
    return (InetSocketAddress)
        (setup.tls()
            ? stack.getLocalAddressForTlsDst(peer, peerPort, peer)
            : stack.getLocalAddressForTcpDst(peer, peerPort, peer, 0));
  }

  @Test
  void theLocalAddressForADestinationIsThatOfTheConnectionThatRequestsTake() throws Exception {
    ScenarioApplication client = stage.client();
    ServerSocket listener = stage.listen();
    Future<InetSocketAddress> asked =
        stage.meanwhile(() -> localAddressFor(client, listener.getLocalPort()));
    RawPeer peer = stage.accept(listener);
    Future<ClientTransaction> sent =
        stage.meanwhile(
            () -> {
              asked.get();
              return client.send(Request.OPTIONS, listener.getLocalPort());
            });
    peer.send(RawPeer.okTo(peer.readMessage(), ""));
    sent.get();
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    assertThat(asked.get().getPort()).isEqualTo(peer.socket().getPort());
    assertThat(localAddressFor(client, listener.getLocalPort())).isEqualTo(asked.get());
  }

  @Test
  void theLocalAddressForADestinationThatRefusesIsAnError() throws Exception {
    int nobody;
    try (ServerSocket closedSoon = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = closedSoon.getLocalPort();
    }
    assertThatThrownBy(() -> localAddressFor(stage.client(), nobody))
        .isInstanceOf(IOException.class);
  }

  @Test
  void bothTransactionsTellThePeerTheTransportAndTheListeningPoint() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    server.onRequest(event -> {});
    ClientTransactionExt sent = (ClientTransactionExt) client.send(Request.OPTIONS, server.port());
    RequestEvent event = next(server.requests);
    ServerTransaction answered = server.serverTransaction(event);
    TransactionExt received = (TransactionExt) answered;
    assertThat(sent.getPeerAddress()).isEqualTo("127.0.0.1");
    assertThat(sent.getPeerPort()).isEqualTo(server.port());
    assertThat(sent.getNextHop().getPort()).isEqualTo(server.port());
    assertThat(sent.getHost()).isEqualTo("127.0.0.1");
    assertThat(sent.getPort()).isEqualTo(client.port());
    assertThat(sent.isSecure()).isEqualTo(setup.tls());
    assertThat(sent.getSipProvider()).isSameAs(client.provider());
    assertThat(received.getPeerAddress()).isEqualTo("127.0.0.1");
    assertThat(received.getPeerPort()).isNotIn(0, client.port());
    assertThat(received.getPort()).isEqualTo(server.port());
    assertThat(received.getSipProvider()).isSameAs(server.provider());
    for (TransactionExt one : new TransactionExt[] {sent, received}) {
      assertThat(one.getTransport()).isEqualToIgnoringCase(setup.transport());
    }
    assertThat(((MessageExt) event.getRequest()).getTopmostViaHeader().getRPort())
        .isEqualTo(received.getPeerPort());
    assertThat(((RequestEventExt) event).getRemoteIpAddress()).isEqualTo("127.0.0.1");
    assertThat(((RequestEventExt) event).getRemotePort()).isEqualTo(received.getPeerPort());
    answered.sendResponse(server.response(event.getRequest(), Response.OK));
    ResponseEventExt answer = (ResponseEventExt) next(client.responses);
    assertThat(answer.getResponse().getStatusCode()).isEqualTo(Response.OK);
    assertThat(answer.getRemoteIpAddress()).isEqualTo("127.0.0.1");
    assertThat(answer.getRemotePort()).isEqualTo(server.port());
  }

  @Test
  void cipherSuiteAndCertificatesAreToldOverTlsAndRefusedOverTcp() throws Exception {
    ClientTransactionExt sent =
        (ClientTransactionExt) stage.client().send(Request.OPTIONS, stage.server().port());
    assertThat(stage.client().nextStatus()).isEqualTo(Response.OK);
    if (setup.tls()) {
      assertThat(sent.getCipherSuite()).startsWith("TLS_");
      assertThat(sent.getPeerCertificates()).isNotEmpty();
      assertThat(sent.getLocalCertificates()).isNull();
      assertThat(sent.extractCertIdentities()).isNotNull();
    } else {
      assertThatThrownBy(sent::getCipherSuite).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(sent::getPeerCertificates)
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(sent::getLocalCertificates)
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(sent::extractCertIdentities)
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void aListeningPointMakesItsViaAndContact() throws Exception {
    ListeningPointExt point = stage.client().listeningPoint();
    assertThat(point.createViaHeader().getTransport()).isEqualToIgnoringCase(setup.transport());
    assertThat(point.createViaHeader().getPort()).isEqualTo(point.getPort());
    assertThat(point.createContactHeader().toString())
        .contains("127.0.0.1:" + point.getPort())
        .containsIgnoringCase("transport=" + setup.transport());
  }

  @Test
  void aRequestThatIsRepeatedWithCredentialsTakesTheConnectionOfTheFirst() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    server.onRequest(
        event -> {
          boolean proven = event.getRequest().getHeader(AuthorizationHeader.NAME) != null;
          Response answer =
              server.response(event.getRequest(), proven ? Response.OK : Response.UNAUTHORIZED);
          if (!proven) {
            WWWAuthenticateHeader challenge =
                server.headers().createWWWAuthenticateHeader("Digest");
            challenge.setRealm("contoso.test");
            challenge.setNonce("n");
            answer.addHeader(challenge);
          }
          server.serverTransaction(event).sendResponse(answer);
        });
    ClientTransaction first = client.send(Request.OPTIONS, server.port());
    ResponseEvent challenged = next(client.responses);
    assertThat(challenged.getResponse().getStatusCode()).isEqualTo(Response.UNAUTHORIZED);
    AuthenticationHelper helper =
        ((SipStackExt) client.stack())
            .getAuthenticationHelper(
                (AccountManager) (transaction, realm) -> new Alice(), client.headers());
    ClientTransaction second =
        helper.handleChallenge(challenged.getResponse(), first, client.provider(), 5);
    second.sendRequest();
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    TransactionExt one = (TransactionExt) server.serverTransaction(next(server.requests));
    TransactionExt other = (TransactionExt) server.serverTransaction(next(server.requests));
    assertThat(other.getPeerPort()).isEqualTo(one.getPeerPort());
    assertThat(other.getTransport()).isEqualToIgnoringCase(setup.transport());
  }

  private record Alice() implements UserCredentials {
    @Override
    public String getUserName() {
      return "alice";
    }

    @Override
    public String getPassword() {
      return "secret";
    }

    @Override
    public String getSipDomain() {
      return "contoso.test";
    }
  }

  @Test
  void aCancelKnowsTheInviteThatItCancels() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    server.onRequest(
        event -> {
          if (event.getRequest().getMethod().equals(Request.INVITE)) {
            server.respond(event, Response.RINGING);
          }
        });
    ClientTransaction invite = client.send(Request.INVITE, server.port());
    int status = client.nextStatus();
    assertThat(status == Response.TRYING ? client.nextStatus() : status)
        .isEqualTo(Response.RINGING);
    client.transaction(invite.createCancel()).sendRequest();
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.INVITE);
    RequestEvent cancel = next(server.requests);
    assertThat(cancel.getRequest().getMethod()).isEqualTo(Request.CANCEL);
    ServerTransaction cancelled =
        ((ServerTransactionExt) server.serverTransaction(cancel)).getCanceledInviteTransaction();
    assertThat(cancelled.getRequest().getMethod()).isEqualTo(Request.INVITE);
    server.serverTransaction(cancel).sendResponse(server.response(cancel.getRequest(), 200));
    cancelled.sendResponse(server.response(cancelled.getRequest(), Response.REQUEST_TERMINATED));
    assertThat(List.of(client.nextStatus(), client.nextStatus()))
        .containsExactlyInAnyOrder(Response.OK, Response.REQUEST_TERMINATED);
  }

  @Test
  void aCallIsFoundThatAnotherIsToReplace() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    ClientTransaction invite = client.send(Request.INVITE, server.port());
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    DialogExt dialog = (DialogExt) invite.getDialog();
    dialog.sendAck(dialog.createAck(1));
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.INVITE);
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.ACK);
    ReplacesHeader replaces =
        ((HeaderFactoryExt) server.headers())
            .createReplacesHeader(
                dialog.getCallId().getCallId(), dialog.getRemoteTag(), dialog.getLocalTag());
    Dialog found = ((SipStackExt) server.stack()).getReplacesDialog(replaces);
    assertThat(found.getCallId().getCallId()).isEqualTo(dialog.getCallId().getCallId());
    dialog.sendRequest(client.transaction(dialog.createRequest(Request.BYE)));
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
  }

  @Test
  void aDialogSendsOverTheConnectionOfItsCall() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    ClientTransactionExt invite = (ClientTransactionExt) client.send(Request.INVITE, server.port());
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    DialogExt dialog = (DialogExt) invite.getDialog();
    dialog.sendAck(dialog.createAck(1));
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.INVITE);
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.ACK);
    ClientTransaction bye = client.transaction(dialog.createRequest(Request.BYE));
    dialog.sendRequest(bye);
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    assertThat(dialog.isSecure()).isFalse();
    assertThat(dialog.getSipProvider()).isSameAs(client.provider());
  }
}
