package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Clients that connect together need not ping together: each can be given a T of its own. */
class TimeoutSpreadTest {

  private static int advertised(FakeConnection connection, int cseq) {
    SIPRequest request = Sip.request("OPTIONS", cseq, Sip.OFFER);
    connection.receive(request);
    List<String> lines = connection.send(Sip.response(200, request));
    assertThat(lines).hasSize(1);
    return Integer.parseInt(lines.get(0).replace("UAS;hop-hop=yes;timeout=", ""));
  }

  @Test
  @Requirement("SRV-5")
  void withoutTheSpreadEveryConnectionGetsT() {
    FakeStack stack = new FakeStack();
    for (int i = 0; i < 100; i++) {
      assertThat(advertised(stack.proxy(), 1)).isEqualTo(300);
    }
  }

  @Test
  @Requirement({"SRV-5", "SRV-6"})
  void eachConnectionIsGivenUpByTheTThatItWasTold() {
    FakeStack stack = new FakeStack(0, new Random(7), "KEEP_ALIVE_SPREAD", "20");
    Map<Long, Integer> told = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      FakeConnection connection = stack.proxy();
      told.put(connection.id(), advertised(connection, 1));
    }
    assertThat(told.values()).allMatch(t -> t >= 240 && t <= 300).contains(240, 300);
    assertThat(told.values().stream().distinct()).hasSize(61);
    stack.events();
    stack.time.advanceSeconds(400);
    assertThat(stack.events())
        .containsExactlyInAnyOrderElementsOf(
            told.entrySet().stream()
                .map(e -> (e.getValue() + 32) + " #" + e.getKey() + " closed EXPIRY_TIMER")
                .toList());
    stack.closeAndExpectNothingLeft();
  }

  @Test
  @Requirement("SRV-5")
  void oneConnectionIsToldTheSameTEachTime() {
    FakeStack stack = new FakeStack(0, new Random(7), "KEEP_ALIVE_SPREAD", "90");
    FakeConnection connection = stack.proxy();
    int first = advertised(connection, 1);
    for (int cseq = 2; cseq < 20; cseq++) {
      assertThat(advertised(connection, cseq)).isEqualTo(first);
    }
  }

  @Test
  void theSpreadNeverReachesZeroNorWraps() {
    for (String t : List.of("1", "2", String.valueOf(Integer.MAX_VALUE))) {
      FakeStack stack =
          new FakeStack(0, new Random(7), "KEEP_ALIVE_SPREAD", "90", "KEEP_ALIVE_TIMEOUT", t);
      for (int i = 0; i < 100; i++) {
        assertThat(advertised(stack.proxy(), 1)).isBetween(1, Integer.parseInt(t));
      }
    }
  }
}
