package net.conmgmt.samples.ua;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.RawPeer;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A registration whose connection ends, at whatever moment, is made again on another one. */
@Execution(ExecutionMode.CONCURRENT)
class RegistrationAfterLossTest {

  private static final String LOOPBACK = "127.0.0.1";
  private static final int SECONDS = 30;

  /** When the proxy ends the connection. */
  enum Moment {
    BETWEEN_TWO_REQUESTS,
    INSIDE_THE_REQUEST,
    BEFORE_THE_ANSWER,
    INSIDE_THE_ANSWER,
    WITH_THE_ANSWER
  }

  static Stream<Arguments> moments() {
    return Stream.of("nio", "blocking")
        .flatMap(
            kind ->
                Arrays.stream(Moment.values())
                    .flatMap(
                        moment ->
                            Stream.of(true, false)
                                .map(reset -> Arguments.of(kind, moment, reset))));
  }

  private static SampleUa userAgent(String kind, int port) throws Exception {
    StackBuilder builder = new StackBuilder("uac.properties");
    builder.set("net.conmgmt.sip.TRANSPORT", kind);
    builder.set("javax.sip.OUTBOUND_PROXY", LOOPBACK + ":" + port + "/TCP");
    return new SampleUa(
        builder,
        new SampleUa.Settings("sip:alice@contoso.test", "", LOOPBACK, List.of("TCP"), 600),
        EventLog.none(),
        text -> {});
  }

  private static String ok(String register, int expires) {
    String contact =
        Arrays.stream(register.split("\r\n", -1))
            .filter(line -> line.startsWith("Contact:"))
            .findFirst()
            .orElseThrow()
            .replaceAll(";expires=\\d+", "");
    return RawPeer.response("200 OK", register, contact + ";expires=" + expires);
  }

  private static void end(RawPeer peer, boolean reset) throws IOException {
    if (reset) {
      peer.reset();
    } else {
      peer.close();
    }
  }

  /** The first registration; its connection ends with its answer. */
  @ParameterizedTest
  @MethodSource("moments")
  void theUserAgentRegistersAgainWheneverItsConnectionEnds(
      String kind, Moment moment, boolean reset) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        SampleUa agent = userAgent(kind, server.getLocalPort())) {
      CompletableFuture<Void> registered = agent.register();
      RawPeer first = RawPeer.accept(server);
      String register = first.readMessage();
      if (moment == Moment.BETWEEN_TWO_REQUESTS || moment == Moment.WITH_THE_ANSWER) {
        first.send(ok(register, 600));
        if (moment == Moment.BETWEEN_TWO_REQUESTS) {
          registered.get(SECONDS, TimeUnit.SECONDS);
        }
      } else {
        // A registration of two seconds is refreshed after one, and that is what is disturbed.
        first.send(ok(register, 2));
        registered.get(SECONDS, TimeUnit.SECONDS);
        if (moment == Moment.INSIDE_THE_REQUEST) {
          first.read(20);
        } else {
          String refresh = first.readMessage();
          if (moment == Moment.INSIDE_THE_ANSWER) {
            String answer = ok(refresh, 600);
            first.send(answer.substring(0, answer.length() / 2));
          }
        }
      }
      end(first, reset);
      try (RawPeer second = RawPeer.accept(server)) {
        String again = second.readMessage();
        assertThat(again).startsWith("REGISTER ");
        second.send(ok(again, 600));
        registered.get(SECONDS, TimeUnit.SECONDS);
      }
    }
  }
}
