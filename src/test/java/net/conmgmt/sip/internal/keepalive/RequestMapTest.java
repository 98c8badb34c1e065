package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestMapTest {

  private static SIPRequest request(String method, int cseq) {
    return Sip.request(method, cseq);
  }

  private static SIPResponse ok(SIPRequest request) {
    return Sip.response(200, request);
  }

  @Test
  void theOldestRequestMakesRoom() {
    RequestMap<Integer> map = new RequestMap<>(2);
    List<SIPRequest> requests =
        List.of(request("OPTIONS", 1), request("OPTIONS", 2), request("OPTIONS", 3));
    for (int i = 0; i < 3; i++) {
      assertThat(map.put(requests.get(i), i)).isTrue();
    }
    assertThat(map.find(ok(requests.get(0)))).isNull();
    assertThat(map.find(ok(requests.get(1)))).isEqualTo(1);
    assertThat(map.remove(ok(requests.get(2)))).isEqualTo(2);
    assertThat(map.remove(ok(requests.get(2)))).isNull();
    assertThat(map.noneOpen()).isFalse();
    assertThat(map.remove(ok(requests.get(1)))).isEqualTo(1);
    assertThat(map.noneOpen()).isTrue();
  }

  @Test
  void whateverIsTakenOutAllOthersStayAndTheOldestStillMakesRoom() {
    for (int taken = 1; taken <= 3; taken++) {
      RequestMap<Integer> map = new RequestMap<>(3);
      for (int i = 1; i <= 3; i++) {
        map.put(request("OPTIONS", i), i);
      }
      assertThat(map.remove(ok(request("OPTIONS", taken)))).isEqualTo(taken);
      for (int i = 1; i <= 3; i++) {
        Integer expected = i == taken ? null : Integer.valueOf(i);
        assertThat(map.find(ok(request("OPTIONS", i)))).isEqualTo(expected);
      }
      int oldest = taken == 1 ? 2 : 1;
      map.put(request("OPTIONS", 4), 4);
      assertThat(map.find(ok(request("OPTIONS", oldest)))).isEqualTo(oldest);
      map.put(request("OPTIONS", 5), 5);
      assertThat(map.find(ok(request("OPTIONS", oldest)))).isNull();
      assertThat(map.find(ok(request("OPTIONS", 4)))).isEqualTo(4);
    }
  }

  @Test
  void whatIsKnownOfARequestStays() {
    RequestMap<Integer> map = new RequestMap<>(3);
    map.put(request("INVITE", 1), 1);
    map.put(request("INVITE", 1), 2);
    assertThat(map.find(ok(request("INVITE", 1)))).isEqualTo(1);
    assertThat(map.finish(ok(request("INVITE", 1)), true)).isEqualTo(1);
    map.put(request("INVITE", 1), 3);
    assertThat(map.find(ok(request("INVITE", 1)))).isNull();
    assertThat(map.findAnswered(ok(request("INVITE", 1)))).isEqualTo(1);
    assertThat(map.noneOpen()).isTrue();
  }

  @Test
  void onlyTheLastAnsweredInvitesAreKnownWhicheverCameFirst() {
    RequestMap<Integer> map = new RequestMap<>();
    int last = RequestMap.MAX_ANSWERED + 1;
    for (int i = 1; i <= last; i++) {
      map.put(request("INVITE", i), i);
    }
    map.put(request("OPTIONS", 100), 100);
    // The one that came first rings longest.
    for (int i = 2; i <= last; i++) {
      map.finish(ok(request("INVITE", i)), true);
    }
    map.finish(ok(request("INVITE", 1)), true);
    assertThat(map.findAnswered(ok(request("INVITE", 2)))).isNull();
    assertThat(map.findAnswered(ok(request("INVITE", 3)))).isEqualTo(3);
    assertThat(map.findAnswered(ok(request("INVITE", 1)))).isEqualTo(1);
    assertThat(map.finish(ok(request("OPTIONS", 100)), true)).isEqualTo(100);
    assertThat(map.findAnswered(ok(request("OPTIONS", 100)))).isNull();
    map.put(request("INVITE", 200), 200);
    map.finish(ok(request("INVITE", 200)), false);
    assertThat(map.findAnswered(ok(request("INVITE", 200)))).isNull();
  }
}
