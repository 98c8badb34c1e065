package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.stream.Stream;
import net.conmgmt.sip.plain.PlainProxy;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An application that forwards what it got, with a raw peer on either side of it. */
class HopByHopTest {

  static Stream<Arguments> kindsAndCopies() {
    return IoKinds.all().stream()
        .flatMap(kind -> Stream.of(PlainProxy.Copy.values()).map(copy -> Arguments.of(kind, copy)));
  }

  /** 3.4: each hop negotiates for itself, whatever object the application sends on. */
  @ParameterizedTest
  @MethodSource("kindsAndCopies")
  @Requirement({"HDR-10", "HDR-11", "SRV-5"})
  void neitherOfferNorAnswerOfOneHopReachesTheNext(String kind, PlainProxy.Copy copy)
      throws Exception {
    int port = Stacks.freePort();
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainProxy proxy =
            new PlainProxy(
                Stacks.managed(IoKinds.PROPERTY, kind), port, listener.getLocalPort(), copy);
        RawPeer caller = RawPeer.connect(port)) {
      caller.send(options("1", "ms-keep-alive: UAC;hop-hop=yes;from=caller\r\n"));
      try (RawPeer callee = RawPeer.accept(listener)) {
        String forwarded = callee.readMessage();
        assertThat(keepAliveLines(forwarded)).containsExactly("Ms-Keep-Alive: UAC;hop-hop=yes");

        callee.send(
            RawPeer.okTo(
                forwarded,
                "ms-keep-alive: UAS;hop-hop=yes;timeout=77\r\nMS-KEEP-ALIVE: bogus\r\n"));
        assertThat(keepAliveLines(caller.readMessage()))
            .containsExactly("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300");

        // A hop that did not ask is told nothing of what the other one has negotiated.
        caller.send(options("2", ""));
        callee.send(
            RawPeer.okTo(callee.readMessage(), "ms-keep-alive: UAS;hop-hop=yes;timeout=77\r\n"));
        assertThat(keepAliveLines(caller.readMessage())).isEmpty();
      }
      assertThat(proxy.failures).isEmpty();
    }
  }

  private static Stream<String> keepAliveLines(String message) {
    return message.lines().filter(l -> l.regionMatches(true, 0, "ms-keep-alive", 0, 13));
  }

  private static String options(String number, String headerLine) {
    return "OPTIONS sip:callee@contoso.test SIP/2.0\r\n"
        + "Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-hop-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: hop-"
        + number
        + "\r\nCSeq: 1 OPTIONS\r\n"
        + headerLine
        + "Content-Length: 0\r\n\r\n";
  }
}
