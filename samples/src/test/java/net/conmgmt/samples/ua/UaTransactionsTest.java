package net.conmgmt.samples.ua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.header.RouteHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.RawPeer;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that wait for their answers on several connections at once. */
class UaTransactionsTest {

  private static final String LOOPBACK = "127.0.0.1";
  private static final int SECONDS = 30;

  private SipStack stack;
  private Sip sip;
  private UaRequests requests;
  private UaTransactions transactions;

  @BeforeEach
  void start() throws Exception {
    stack = new StackBuilder("uac.properties").build();
    sip = new Sip();
    SipProvider provider = SampleUa.listen(stack, LOOPBACK, List.of("TCP"));
    requests = new UaRequests(sip, provider, "sip:alice@contoso.test");
    transactions =
        new UaTransactions(
            stack, provider, requests, request -> sip.response(Response.OK, request, null));
    provider.addSipListener(transactions);
    ConnectionManagement.of(stack)
        .addListener(
            new ConnectionManagementListener() {
              @Override
              public void closed(ManagedConnection connection, CloseReason reason, String detail) {
                transactions.connectionGone(connection, "closed");
              }
            });
  }

  @AfterEach
  void stop() {
    stack.stop();
  }

  private CompletableFuture<Response> message(ServerSocket server) throws Exception {
    Request request = requests.message("sip:bob@contoso.test", "text");
    String route = "<sip:" + LOOPBACK + ":" + server.getLocalPort() + ";transport=tcp;lr>";
    request.addHeader(sip.headers.createHeader(RouteHeader.NAME, route));
    return transactions.send(request);
  }

  @Test
  void theEndOfAConnectionFailsTheRequestsOnItAndNoOthers() throws Exception {
    try (ServerSocket first = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ServerSocket second = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Response> lost = message(first);
      CompletableFuture<Response> answered = message(second);
      try (RawPeer server = RawPeer.accept(second)) {
        String request = server.readMessage();
        try (RawPeer ending = RawPeer.accept(first)) {
          ending.readMessage();
        }
        assertThatThrownBy(() -> lost.get(SECONDS, TimeUnit.SECONDS))
            .hasCauseInstanceOf(UaTransactions.ConnectionLostException.class);
        assertThat(answered).isNotDone();
        server.send(RawPeer.response("200 OK", request));
        assertThat(answered.get(SECONDS, TimeUnit.SECONDS).getStatusCode()).isEqualTo(200);
      }
    }
  }
}
