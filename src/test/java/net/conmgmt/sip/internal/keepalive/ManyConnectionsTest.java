package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Ten thousand connections of one stack: what each costs does not grow with their number. */
class ManyConnectionsTest {

  private static final int COUNT = 10_000;

  private final FakeStack stack = new FakeStack();

  private List<FakeConnection> connections(int count) {
    List<FakeConnection> connections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      connections.add(stack.proxy());
    }
    return connections;
  }

  private static Endpoint endpoint(int number) {
    return new Endpoint("sip:user" + number + "@contoso.com", "desk");
  }

  @Test
  @Requirement({"SRV-6", "OBP-3"})
  void eachHasOnePendingTaskAndTrafficSchedulesNone() {
    List<FakeConnection> connections = connections(COUNT);
    SIPRequest request = Sip.request("OPTIONS", 1, Sip.OFFER);
    SIPResponse response = Sip.response(200, request);
    for (FakeConnection connection : connections) {
      connection.receive(request);
      connection.send(response);
    }
    assertThat(stack.time.pendingTasks()).isEqualTo(COUNT);
    long scheduled = stack.time.scheduledTasks();
    for (int i = 0; i < 6; i++) {
      stack.time.advanceSeconds(5);
      for (FakeConnection connection : connections) {
        connection.bytesReceived();
        connection.bytesSent();
      }
    }
    assertThat(stack.time.scheduledTasks()).isEqualTo(scheduled);
    assertThat(stack.time.pendingTasks()).isEqualTo(COUNT);
    // The pending tasks find that nothing is due: one new task for each of them, no more.
    stack.time.advanceSeconds(300);
    assertThat(stack.time.scheduledTasks()).isLessThanOrEqualTo(scheduled + 2L * COUNT);
    assertThat(stack.time.pendingTasks()).isEqualTo(COUNT);
    stack.events();
    stack.time.advanceSeconds(32);
    assertThat(stack.events()).hasSize(COUNT).allMatch(event -> event.contains("EXPIRY_TIMER"));
    stack.closeAndExpectNothingLeft();
  }

  @Test
  @Requirement("CLI-7")
  void tenThousandClientsHaveOnePendingTaskEachToo() {
    List<FakeConnection> connections = new ArrayList<>();
    SIPRequest request = Sip.request("OPTIONS", 1);
    SIPResponse response = Sip.response(200, request, Sip.ANSWER);
    for (int i = 0; i < COUNT; i++) {
      FakeConnection connection = stack.client();
      connection.send(request);
      connection.receive(response);
      connections.add(connection);
    }
    for (int period = 0; period < 3; period++) {
      stack.events();
      stack.time.advanceSeconds(200);
      assertThat(stack.events()).hasSize(COUNT).allMatch(event -> event.endsWith("ping"));
      connections.forEach(connection -> connection.handler().keepAliveAnswered());
      assertThat(stack.time.pendingTasks()).isEqualTo(COUNT);
    }
    stack.closeAndExpectNothingLeft();
  }

  @Test
  @Requirement("OBP-4")
  void replacingAnEndpointTouchesNoOtherConnection() {
    List<FakeConnection> older = connections(COUNT);
    for (int i = 0; i < COUNT; i++) {
      stack.listener.authenticated(older.get(i), endpoint(i));
    }
    List<FakeConnection> newer = connections(COUNT);
    stack.events();
    for (int i = COUNT - 1; i >= 0; i--) {
      stack.listener.authenticated(newer.get(i), endpoint(i));
      String old = "0 #" + older.get(i).id();
      assertThat(stack.events())
          .containsExactly(
              "0 #" + newer.get(i).id() + " authenticated desk",
              old + " replaced desk by #" + newer.get(i).id(),
              old + " closed REPLACED");
    }
    assertThat(stack.registry.all()).hasSize(COUNT);
    assertThat(stack.time.pendingTasks()).isEqualTo(COUNT);
    assertThat(stack.listener.retained()).isEqualTo(2 * COUNT);
    stack.closeAndExpectNothingLeft();
  }
}
