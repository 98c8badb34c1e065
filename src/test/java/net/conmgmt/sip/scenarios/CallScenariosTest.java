package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import javax.sip.ClientTransaction;
import javax.sip.Dialog;
import javax.sip.DialogState;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.ServerTransaction;
import javax.sip.header.CSeqHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls, subscriptions and messages between two applications, and of one with itself. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#all")
class CallScenariosTest extends ScenarioTest {

  private static final int MANY = 1000;

  /** A call with a re-INVITE; each side hangs up in turn. */
  private void call(ScenarioApplication caller, ScenarioApplication callee, boolean callerHangsUp)
      throws Exception {
    callee.onRequest(
        event -> {
          if (event.getRequest().getMethod().equals(Request.INVITE)) {
            ServerTransaction transaction = callee.serverTransaction(event);
            Request invite = event.getRequest();
            transaction.sendResponse(callee.response(invite, Response.RINGING));
            transaction.sendResponse(callee.response(invite, Response.OK));
          } else {
            callee.respond(event, Response.OK);
          }
        });
    caller.send(Request.INVITE, callee.port());
    Dialog calling = acknowledged(caller);
    ClientTransaction again =
        caller.provider().getNewClientTransaction(calling.createRequest(Request.INVITE));
    RequestEvent invite = next(callee.requests);
    assertThat(next(callee.requests).getRequest().getMethod()).isEqualTo(Request.ACK);
    calling.sendRequest(again);
    acknowledged(caller);
    next(callee.requests);
    RequestEvent ack = next(callee.requests);
    assertThat(ack.getRequest().getMethod()).isEqualTo(Request.ACK);
    Dialog called = ack.getDialog();
    assertThat(called.getState()).isEqualTo(DialogState.CONFIRMED);
    assertThat(invite.getRequest().getMethod()).isEqualTo(Request.INVITE);
    if (callerHangsUp) {
      hangUp(caller, calling);
    } else {
      hangUp(callee, called);
    }
    // The event of it comes only after the linger time of the RI, 8 s.
    await().until(() -> DialogState.TERMINATED.equals(calling.getState()));
    await().until(() -> DialogState.TERMINATED.equals(called.getState()));
  }

  private Dialog acknowledged(ScenarioApplication caller) throws Exception {
    assertThat(caller.nextStatus()).isEqualTo(Response.RINGING);
    ResponseEvent ok = next(caller.responses);
    assertThat(ok.getResponse().getStatusCode()).isEqualTo(Response.OK);
    Dialog dialog = ok.getDialog();
    dialog.sendAck(
        dialog.createAck(((CSeqHeader) ok.getResponse().getHeader("CSeq")).getSeqNumber()));
    return dialog;
  }

  private void hangUp(ScenarioApplication side, Dialog dialog) throws Exception {
    dialog.sendRequest(side.provider().getNewClientTransaction(dialog.createRequest(Request.BYE)));
    assertThat(side.nextStatus()).isEqualTo(Response.OK);
  }

  @Test
  void aCallIsMadeChangedAndEndedByItsCaller() throws Exception {
    call(stage.client(), stage.server(), true);
  }

  @Test
  void aCallIsMadeChangedAndEndedByItsCallee() throws Exception {
    call(stage.client(), stage.server(), false);
  }

  @Test
  void aCallWorksWhereConnectionsAreNotToBeKept() throws Exception {
    String[] notKept = {
      "gov.nist.javax.sip.CACHE_CLIENT_CONNECTIONS", "false",
      "gov.nist.javax.sip.CACHE_SERVER_CONNECTIONS", "false"
    };
    call(stage.application(notKept), stage.application(notKept), false);
  }

  @Test
  void aSubscriberGetsItsNotifications() throws Exception {
    ScenarioApplication watcher = stage.client();
    ScenarioApplication notifier = stage.server();
    notifier.onRequest(event -> {});
    Request subscribe = watcher.request(Request.SUBSCRIBE, notifier.port());
    subscribe.addHeader(watcher.headers().createEventHeader("presence"));
    subscribe.addHeader(watcher.headers().createExpiresHeader(3600));
    watcher.transaction(subscribe).sendRequest();
    RequestEvent event = next(notifier.requests);
    ServerTransaction transaction = notifier.serverTransaction(event);
    transaction.sendResponse(notifier.response(event.getRequest(), Response.ACCEPTED));
    assertThat(watcher.nextStatus()).isEqualTo(Response.ACCEPTED);
    for (String state : List.of("active", "terminated")) {
      Dialog dialog = transaction.getDialog();
      Request notify = dialog.createRequest(Request.NOTIFY);
      notify.addHeader(notifier.headers().createEventHeader("presence"));
      notify.addHeader(notifier.headers().createSubscriptionStateHeader(state));
      dialog.sendRequest(notifier.provider().getNewClientTransaction(notify));
      assertThat(next(watcher.requests).getRequest().getHeader("Subscription-State"))
          .hasToString("Subscription-State: " + state + "\r\n");
      assertThat(notifier.nextStatus()).isEqualTo(Response.OK);
    }
  }

  /** A handler that writes much before it comes back must not block the stream it writes into. */
  @Test
  void aThousandProvisionalResponsesOfOneHandlerArriveInOrder() throws Exception {
    ScenarioApplication caller = stage.client();
    ScenarioApplication callee = stage.server();
    callee.onRequest(
        event -> {
          if (!event.getRequest().getMethod().equals(Request.INVITE)) {
            return;
          }
          ServerTransaction transaction = callee.serverTransaction(event);
          for (int i = 0; i < MANY; i++) {
            Response ringing = callee.response(event.getRequest(), Response.RINGING);
            ringing.addHeader(callee.headers().createHeader("X-Number", String.valueOf(i)));
            transaction.sendResponse(ringing);
          }
          transaction.sendResponse(callee.response(event.getRequest(), Response.OK));
        });
    caller.send(Request.INVITE, callee.port());
    for (int i = 0; i < MANY; i++) {
      assertThat(next(caller.responses).getResponse().getHeader("X-Number"))
          .hasToString("X-Number: " + i + "\r\n");
    }
    ResponseEvent ok = next(caller.responses);
    assertThat(ok.getResponse().getStatusCode()).isEqualTo(Response.OK);
    ok.getDialog().sendAck(ok.getDialog().createAck(1));
  }

  @Test
  void requestsInBothDirectionsAtTheSameTimeAreAllAnswered() throws Exception {
    ScenarioApplication one = stage.client();
    ScenarioApplication other = stage.server();
    List<Future<?>> senders = new ArrayList<>();
    for (ScenarioApplication from : List.of(one, other)) {
      int to = from == one ? other.port() : one.port();
      for (int thread = 0; thread < 4; thread++) {
        senders.add(
            stage.meanwhile(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    from.send(Request.MESSAGE, to);
                  }
                  return null;
                }));
      }
    }
    for (Future<?> sender : senders) {
      sender.get();
    }
    for (int i = 0; i < 200; i++) {
      assertThat(one.nextStatus()).isEqualTo(Response.OK);
      assertThat(other.nextStatus()).isEqualTo(Response.OK);
    }
  }

  @Test
  void aLargeBodyArrivesWholeInBothDirections() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    byte[] body = new byte[300_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) i;
    }
    var octets = client.headers().createContentTypeHeader("application", "octet-stream");
    server.onRequest(
        event -> {
          Response ok = server.response(event.getRequest(), Response.OK);
          ok.setContent(event.getRequest().getRawContent(), octets);
          server.serverTransaction(event).sendResponse(ok);
        });
    Request message = client.request(Request.MESSAGE, server.port());
    message.setContent(body, octets);
    client.transaction(message).sendRequest();
    assertThat(next(server.requests).getRequest().getRawContent()).isEqualTo(body);
    assertThat(next(client.responses).getResponse().getRawContent()).isEqualTo(body);
  }

  @Test
  void aRequestToTheOwnAddressReachesTheApplicationAndItsAnswerComesBack() throws Exception {
    ScenarioApplication lonely = stage.server();
    lonely.send(Request.MESSAGE, lonely.port());
    assertThat(next(lonely.requests).getRequest().getMethod()).isEqualTo(Request.MESSAGE);
    assertThat(lonely.nextStatus()).isEqualTo(Response.OK);
  }

  @Test
  void anInviteToTheOwnAddressIsAnsweredWithoutATransaction() throws Exception {
    ScenarioApplication lonely = stage.application();
    lonely.onRequest(
        event -> {
          if (event.getRequest().getMethod().equals(Request.INVITE)) {
            lonely.provider().sendResponse(lonely.response(event.getRequest(), Response.OK));
          }
        });
    lonely.send(Request.INVITE, lonely.port());
    assertThat(next(lonely.requests).getRequest().getMethod()).isEqualTo(Request.INVITE);
    ResponseEvent ok = next(lonely.responses);
    assertThat(ok.getResponse().getStatusCode()).isEqualTo(Response.OK);
    ok.getDialog().sendAck(ok.getDialog().createAck(1));
    assertThat(next(lonely.requests).getRequest().getMethod()).isEqualTo(Request.ACK);
  }

  @Test
  void aRequestToAnotherListeningPointOfTheSameStackIsAnswered() throws Exception {
    ScenarioApplication lonely = stage.application();
    int second = Stacks.freePort();
    lonely.alsoListenOn(second, setup.transport());
    lonely.send(Request.MESSAGE, second);
    assertThat(next(lonely.requests).getRequest().getMethod()).isEqualTo(Request.MESSAGE);
    assertThat(lonely.nextStatus()).isEqualTo(Response.OK);
  }
}
