package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import javax.sip.RequestEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A proxy with {@code DIAL_CLIENTS = off} opens no connection to where a client came from. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#ours")
class PastClientsScenariosTest extends ScenarioTest {

  private ScenarioApplication proxy() throws Exception {
    ScenarioApplication proxy = stage.application("net.conmgmt.sip.DIAL_CLIENTS", "off");
    proxy.onRequest(event -> {});
    return proxy;
  }

  @Test
  void aRequestForAClientWhoseConnectionHasEndedFailsAtOnce() throws Exception {
    ScenarioApplication proxy = proxy();
    RawPeer client = stage.dial(proxy);
    int port = client.socket().getLocalPort();
    client.send(stage.raw("OPTIONS", "gone-" + port, "", ""));
    next(proxy.requests);
    Stage.endAndAwaitEnd(client);
    assertThatThrownBy(() -> proxy.send(Request.OPTIONS, port))
        .hasStackTraceContaining("Will not connect to")
        .hasStackTraceContaining("DIAL_CLIENTS");
  }

  @Test
  void aResponseForAClientWhoseConnectionHasEndedFailsAtOnce() throws Exception {
    ScenarioApplication proxy = proxy();
    ServerSocket sentBy = stage.listen();
    RawPeer client = stage.dial(proxy);
    String port = String.valueOf(sentBy.getLocalPort());
    client.send(stage.raw("OPTIONS", "answer-" + port, port, "", ""));
    RequestEvent options = next(proxy.requests);
    ServerTransaction transaction = proxy.serverTransaction(options);
    Stage.endAndAwaitEnd(client);
    assertThatThrownBy(
            () -> transaction.sendResponse(proxy.response(options.getRequest(), Response.OK)))
        .isInstanceOf(SipException.class);
    sentBy.setSoTimeout(1);
    assertThatThrownBy(sentBy::accept).isInstanceOf(SocketTimeoutException.class);
  }
}
