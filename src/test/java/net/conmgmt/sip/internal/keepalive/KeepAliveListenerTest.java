package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Which connections a stack looks after, by its role, and until when. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class KeepAliveListenerTest extends AcceptedConnectionTest {

  KeepAliveListenerTest(long clockStart) {
    super(clockStart);
  }

  @Test
  @Requirement("OBP-7")
  void aClientLeavesTheConnectionsAloneThatPeersOpen() {
    FakeStack client = stackWith("ROLE", "client");
    FakeConnection accepted = client.proxy();
    FakeConnection opened = client.client();
    SIPRequest invite = Sip.request("INVITE", 1, Sip.OFFER);
    accepted.receive(invite);
    accepted.send(Sip.response(180, invite));

    client.time.advanceSeconds(2_000);

    assertThat(client.events()).isEmpty();
    assertThat(accepted.send(Sip.response(200, invite, Sip.ANSWER))).isEmpty();
    assertThat(opened.send(Sip.register(1))).containsExactly("UAC;hop-hop=yes");
  }

  @Test
  @Requirement("OBP-7")
  void aProxyOffersNothingOnTheConnectionsThatItOpens() {
    FakeStack proxy = stackWith("ROLE", "proxy");
    FakeConnection opened = proxy.client();
    FakeConnection accepted = proxy.proxy();

    assertThat(opened.send(Sip.register(1, Sip.OFFER))).isEmpty();
    SIPRequest request = Sip.register(2, Sip.OFFER);
    accepted.receive(request);
    assertThat(accepted.send(Sip.response(200, request)))
        .containsExactly("UAS;hop-hop=yes;timeout=300");
  }

  @Test
  @Requirement("CLI-9")
  void connectionsThatTheRoleLeavesAloneAreListedAndClean() {
    FakeStack off = stackWith("ROLE", "client", "KEEP_ALIVE", "off");
    FakeConnection accepted = off.proxy();
    FakeConnection opened = off.client();
    assertThat(opened.send(Sip.register(1, Sip.OFFER))).isEmpty();
    SIPRequest request = Sip.register(1, Sip.OFFER);
    accepted.receive(request);
    assertThat(accepted.send(Sip.response(200, request, Sip.ANSWER))).isEmpty();
    assertThat(off.time.pendingTasks()).isZero();
    assertThat(off.registry.all()).containsExactlyInAnyOrder(accepted, opened);
    accepted.close(CloseReason.PEER_CLOSED, "");
    assertThat(off.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  @Test
  void shutdownLeavesNoTaskAndARestartedStackGetsAFreshListener() {
    negotiate(1);
    stack.events();
    stack.listener.shutdown();
    assertThat(stack.time.pendingTasks()).isZero();
    assertThat(stack.scope.find(Scheduler.class)).isNull();
    assertThat(KeepAliveListener.of(stack.scope)).isNotSameAs(stack.listener);
    connection.close(CloseReason.SHUTDOWN, "");
    assertThat(stack.events()).containsExactly("0 #1 closed SHUTDOWN");
    assertThat(stack.listener.retained()).isZero();
  }

  @Test
  void aListenerThatIsShutDownTwiceLeavesThatOfTheRestartedStackAlone() {
    stack.listener.shutdown();
    VirtualScheduler ofRestarted = new VirtualScheduler();
    stack.scope.put(Scheduler.class, ofRestarted);
    KeepAliveListener restarted = KeepAliveListener.of(stack.scope);
    stack.listener.shutdown();
    assertThat(KeepAliveListener.of(stack.scope)).isSameAs(restarted);
    assertThat(stack.scope.find(Scheduler.class)).isSameAs(ofRestarted);
  }

  @Test
  void shutdownEndsTheThreadOfTheTimersAndDoesWhatWasLeftForTheStop() throws Exception {
    StackScope scope = new StackScope(ConnectionManagementProperties.of(new Properties()));
    KeepAliveListener listener = KeepAliveListener.of(scope);
    Scheduler timers = StackScheduler.of(scope);
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    timers.schedule(() -> thread.complete(Thread.currentThread()), 0);
    Thread ofTimers = thread.get(10, TimeUnit.SECONDS);
    assertThat(scope.find(RandomGenerator.class)).as("what rhythms are drawn from").isNotNull();
    List<String> told = new ArrayList<>();
    scope.atStop(() -> told.add("stopped"));
    listener.shutdown();
    ofTimers.join(10_000);
    assertThat(ofTimers.isAlive()).isFalse();
    assertThat(told).containsExactly("stopped");
  }
}
