package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sip.ClientTransaction;
import javax.sip.RequestEvent;
import javax.sip.header.CallIdHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection between two proxies carries everybody's calls: one of them holds up no other. */
@ParameterizedClass(name = "{0}")
@MethodSource("managed")
class CallsOfOneConnectionTest extends ScenarioTest {

  private static final String BLOCKED = "blocked";

  static List<Setup> managed() {
    return Setup.all().stream().filter(setup -> setup.toString().startsWith("managed")).toList();
  }

  private ScenarioApplication reentrant() throws Exception {
    return stage.application("gov.nist.javax.sip.REENTRANT_LISTENER", "true");
  }

  private static String callOf(RequestEvent event) {
    return ((CallIdHeader) event.getRequest().getHeader(CallIdHeader.NAME)).getCallId();
  }

  @Test
  void whileOneCallIsHandledTheOthersOfItsConnectionAreAnswered() throws Exception {
    ScenarioApplication server = reentrant();
    CountDownLatch goOn = new CountDownLatch(1);
    BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    server.onRequest(
        event -> {
          begun.add(callOf(event) + ' ' + event.getRequest().getMethod());
          if (event.getRequest().getMethod().equals("INFO")) {
            goOn.await(30, TimeUnit.SECONDS);
          }
          server.respond(event, Response.OK);
        });
    RawPeer peer = stage.dial(server);
    StringBuilder all = new StringBuilder(stage.raw("INFO", BLOCKED, "", ""));
    all.append(stage.raw("OPTIONS", BLOCKED, "", "").replace("CSeq: 1", "CSeq: 2"));
    for (int i = 0; i < 5; i++) {
      all.append(stage.raw("OPTIONS", "other-" + i, "", ""));
    }
    peer.send(all.toString());
    Set<String> answered = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      String response = peer.readMessage();
      answered.add(response.replaceAll("(?s).*Call-ID: ([^\r]*).*", "$1"));
    }
    assertThat(answered).hasSize(5).doesNotContain(BLOCKED);
    assertThat(begun).contains(BLOCKED + " INFO").doesNotContain(BLOCKED + " OPTIONS");
    goOn.countDown();
    assertThat(peer.readMessage()).contains("CSeq: 1 INFO");
    assertThat(peer.readMessage()).contains("CSeq: 2 OPTIONS");
  }

  @Test
  void aListenerThatAsksBackOverTheConnectionGetsItsAnswer() throws Exception {
    asksBack(false);
  }

  @Test
  void aListenerThatAsksBackInTheSameCallGetsItsAnswer() throws Exception {
    asksBack(true);
  }

  private void asksBack(boolean sameCall) throws Exception {
    ScenarioApplication server = reentrant();
    RawPeer peer = stage.dial(server);
    server.onRequest(
        event -> {
          Request question = server.request("OPTIONS", peer.socket().getLocalPort());
          if (sameCall) {
            question.setHeader(event.getRequest().getHeader(CallIdHeader.NAME));
          }
          ClientTransaction transaction = server.transaction(question);
          transaction.sendRequest();
          server.respond(event, server.nextStatus());
        });
    peer.send(stage.raw("INFO", "asks-" + sameCall, "", ""));
    String question = peer.readMessage();
    assertThat(question).startsWith("OPTIONS");
    peer.send(RawPeer.okTo(question, ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("CSeq: 1 INFO");
  }
}
