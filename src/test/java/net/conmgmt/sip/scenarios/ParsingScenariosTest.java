package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.sip.header.CallIdHeader;
import javax.sip.header.SubjectHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a stack makes of a stream, however it was cut, and of what does not belong into it. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#all")
class ParsingScenariosTest extends ScenarioTest {

  private static final String BODY = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n\r\ns=x\r\n";

  private String withBody(String id) {
    return stage.raw("MESSAGE", id, "Content-Type: text/plain\r\n", BODY);
  }

  private void assertAnswered(RawPeer peer, String id) throws Exception {
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("Call-ID: " + id + "\r\n");
  }

  private void assertServes(RawPeer peer, String id) throws Exception {
    peer.send(stage.raw("OPTIONS", id, "", ""));
    assertAnswered(peer, id);
  }

  private String bodyOfNext() throws Exception {
    Request request = next(stage.server().requests).getRequest();
    byte[] content = request.getRawContent();
    return content == null ? "" : new String(content, StandardCharsets.UTF_8);
  }

  /** Sends a request in two pieces. */
  private static void sendCutBefore(RawPeer peer, String request, int index) throws Exception {
    peer.send(request.substring(0, index));
    peer.send(request.substring(index));
  }

  @Test
  void aMessageThatIsCutBeforeItsBodyIsOneMessage() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    String request = withBody("cut-body");
    sendCutBefore(peer, request, request.indexOf(BODY));
    assertAnswered(peer, "cut-body");
    assertThat(bodyOfNext()).isEqualTo(BODY);
  }

  @Test
  void aMessageThatIsCutInsideTheEndOfALineIsOneMessage() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    String request = withBody("cut-line");
    sendCutBefore(peer, request, request.indexOf("\nCSeq"));
    assertAnswered(peer, "cut-line");
    assertThat(bodyOfNext()).isEqualTo(BODY);
  }

  @Test
  void aMessageThatIsCutInsideItsEmptyLineIsOneMessage() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    String request = withBody("cut-empty");
    sendCutBefore(peer, request, request.indexOf("\n" + BODY));
    assertAnswered(peer, "cut-empty");
    assertThat(bodyOfNext()).isEqualTo(BODY);
  }

  @Test
  void messagesThatAreGluedTogetherAreAllAnswered() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(withBody("glued-1") + "\r\n" + withBody("glued-2") + withBody("glued-3"));
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      Request request = next(stage.server().requests).getRequest();
      assertThat(new String(request.getRawContent(), StandardCharsets.UTF_8)).isEqualTo(BODY);
      seen.add(((CallIdHeader) request.getHeader(CallIdHeader.NAME)).getCallId());
    }
    assertThat(seen).containsExactlyInAnyOrder("glued-1", "glued-2", "glued-3");
  }

  @Test
  void anEmptyLineBeforeAMessageIsPassedOver() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send("\r\n" + withBody("after-crlf"));
    assertAnswered(peer, "after-crlf");
  }

  @Test
  void aBodyWithEveryByteValueIsUnchanged() throws Exception {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    RawPeer peer = stage.dial(stage.server());
    String head =
        stage.head("MESSAGE", "bytes", "5999")
            + "Content-Type: application/octet-stream\r\nContent-Length: 256\r\n\r\n";
    peer.socket().getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
    peer.socket().getOutputStream().write(bytes);
    assertAnswered(peer, "bytes");
    assertThat(next(stage.server().requests).getRequest().getRawContent()).isEqualTo(bytes);
  }

  @Test
  void aMessageWithoutContentLengthHasNoBody() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.head("OPTIONS", "no-length", "5999") + "\r\n");
    assertAnswered(peer, "no-length");
    assertServes(peer, "after-no-length");
  }

  @Test
  void contentLengthCountsInItsCompactForm() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(
        stage.head("MESSAGE", "compact", "5999")
            + "c: text/plain\r\nl: "
            + BODY.length()
            + "\r\n\r\n"
            + BODY);
    assertAnswered(peer, "compact");
    assertThat(bodyOfNext()).isEqualTo(BODY);
    assertServes(peer, "after-compact");
  }

  @Test
  void contentLengthCountsInAnyCaseAndWithBlanksRoundItsColon() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(
        stage.head("MESSAGE", "blanks", "5999")
            + "Content-Type: text/plain\r\nCONTENT-length \t:  "
            + BODY.length()
            + "\r\n\r\n"
            + BODY);
    assertAnswered(peer, "blanks");
    assertThat(bodyOfNext()).isEqualTo(BODY);
  }

  @Test
  void linesThatEndWithoutCarriageReturnAreRead() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "bare-lf", "", "").replace("\r\n", "\n"));
    assertAnswered(peer, "bare-lf");
  }

  @Test
  void garbageBehindAMessageDoesNotKeepTheNextFromBeingAnswered() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "before-garbage", "", "") + "000\r\n\r\n");
    assertAnswered(peer, "before-garbage");
    assertServes(peer, "behind-garbage");
    assertServes(stage.dial(stage.server()), "beside-garbage");
  }

  @Test
  void anOptionalHeaderThatDoesNotParseDoesNotCostTheMessage() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "optional", "Expires: soon\r\n", ""));
    assertAnswered(peer, "optional");
    List<Object> unrecognized = new ArrayList<>();
    Iterator<?> lines = next(stage.server().requests).getRequest().getUnrecognizedHeaders();
    lines.forEachRemaining(unrecognized::add);
    assertThat(unrecognized).containsExactly("Expires: soon");
  }

  @Test
  void aMandatoryHeaderThatDoesNotParseHarmsNoOtherConnection() throws Exception {
    RawPeer bad = stage.dial(stage.server());
    bad.send(stage.raw("OPTIONS", "mandatory", "", "").replace("CSeq: 1", "CSeq: one"));
    assertServes(stage.dial(stage.server()), "beside-mandatory");
    assertThat(stage.server().requests).hasSize(1);
  }

  @Test
  void aMethodThatIsNotThatOfCseqIsRefusedWithItsStatus() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "method", "", "").replace("CSeq: 1 OPTIONS", "CSeq: 1 INFO"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 400");
  }

  @Test
  void theResponseCarriesTheAddressThatTheRequestCameFrom() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(
        stage.raw("OPTIONS", "source", "", "").replace("127.0.0.1:5999;branch", "a.test;branch"));
    assertThat(peer.readMessage())
        .contains("received=127.0.0.1")
        .contains("rport=" + peer.socket().getLocalPort());
  }

  @Test
  void theRequestsOfOneConnectionArriveInTheOrderInWhichTheyWereSent() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    List<String> ids = Stream.iterate(0, i -> i + 1).limit(200).map(i -> "order-" + i).toList();
    stage.server().onRequest(event -> {});
    StringBuilder all = new StringBuilder();
    ids.forEach(
        id ->
            all.append(
                stage
                    .raw("OPTIONS", id, "Subject: " + id + "\r\n", "")
                    .replace("Call-ID: " + id, "Call-ID: one-call")));
    peer.send(all.toString());
    for (String id : ids) {
      Request request = next(stage.server().requests).getRequest();
      assertThat(((SubjectHeader) request.getHeader(SubjectHeader.NAME)).getSubject())
          .isEqualTo(id);
    }
  }

  @Test
  void aBodyAboveTheUsualBoundArrivesWhereTheBoundIsHigher() throws Exception {
    ScenarioApplication server =
        stage.application("net.conmgmt.sip.MAX_BODY_BYTES", String.valueOf(4 << 20));
    RawPeer peer = stage.dial(server);
    peer.send(stage.raw("MESSAGE", "large", "Content-Type: text/plain\r\n", "x".repeat(2 << 20)));
    assertAnswered(peer, "large");
    assertThat(next(server.requests).getRequest().getRawContent()).hasSize(2 << 20);
  }
}
