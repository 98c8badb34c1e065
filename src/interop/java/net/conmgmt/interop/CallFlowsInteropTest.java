package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The call flows of RFC 3261, 3265 and 3515 through the sample proxy, both ends played by SIPp: the
 * callee is reached on the connection on which it has registered, and nowhere else.
 */
@Tag("peers")
class CallFlowsInteropTest {

  private static final int CALLS = 50;
  private static final String CALLEE = "callee";

  @TempDir private Path folder;
  private ProxyProcess proxy;

  @BeforeEach
  void start() throws Exception {
    proxy = ProxyProcess.start(folder, null);
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aCallIsChangedByAnotherInviteAndEndedByTheCaller() throws Exception {
    flow(
        new SippFlow()
            .call(CALLEE)
            .inDialog("INVITE", 2, CALLEE)
            .mayReceive(100)
            .receive(200)
            .inDialog("ACK", 2, CALLEE)
            .hangUp(3, CALLEE),
        new SippFlow()
            .takeCall()
            .receive("INVITE")
            .answerInDialog("200 OK")
            .receive("ACK")
            .takeBye());
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aCallIsEndedByTheCallee() throws Exception {
    flow(
        new SippFlow()
            .begin("INVITE", 1, CALLEE)
            .receive(100)
            .mayReceive(100)
            .receive(200)
            .inDialog("ACK", 1, CALLEE)
            .receive("BYE")
            .answerInDialog("200 OK"),
        new SippFlow()
            .receive("INVITE")
            .answer("200 OK")
            .receive("ACK")
            .backInDialog("BYE", 1, CALLEE)
            .receive(200));
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aCallThatIsCancelledEndsOnBothSides() throws Exception {
    flow(
        new SippFlow()
            .begin("INVITE", 1, CALLEE)
            .receive(100)
            .mayReceive(100)
            .receive(180)
            .ofInvite("CANCEL", 4, CALLEE)
            .mayReceive(100)
            .receive(200)
            .receive(487)
            .ofInvite("ACK", 8, CALLEE),
        cancelled());
  }

  private static SippFlow cancelled() {
    return new SippFlow()
        .receive("INVITE")
        .answer("180 Ringing")
        .receive("CANCEL")
        .answerInDialog("200 OK")
        .answerCancelled()
        .receive("ACK");
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aCallRingsOnBothDevicesAndStopsOnTheOneThatDoesNotAnswer() throws Exception {
    flow(
        new SippFlow()
            .begin("INVITE", 1, CALLEE)
            .receive(100)
            .mayReceive(100)
            .mayReceive(180)
            .mayReceive(180)
            .receive(200)
            .inDialog("ACK", 1, CALLEE)
            .hangUp(2, CALLEE),
        new SippFlow().takeCall().takeBye(),
        cancelled());
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aCallThatIsRedirectedEndsWithTheAddressAtTheCaller() throws Exception {
    flow(
        new SippFlow().begin("INVITE", 1, CALLEE).receive(100).receive(302).begin("ACK", 1, CALLEE),
        new SippFlow().receive("INVITE").answer("302 Moved Temporarily").receive("ACK"));
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aSubscriptionIsAnsweredAndNotified() throws Exception {
    flow(
        new SippFlow()
            .begin("SUBSCRIBE", 1, CALLEE, "Event: presence", "Expires: 60")
            .receive(200)
            .receive("NOTIFY")
            .answerInDialog("200 OK"),
        new SippFlow()
            .receive("SUBSCRIBE")
            .answer("200 OK", "Expires: 60")
            .backInDialog(
                "NOTIFY", 1, CALLEE, "Event: presence", "Subscription-State: active;expires=60")
            .receive(200));
  }

  @Test
  @RealPeers(packages = "sip-tester")
  void aReferIsAcceptedAndItsProgressNotified() throws Exception {
    flow(
        new SippFlow()
            .begin("REFER", 1, CALLEE, "Refer-To: <sip:dave@contoso.test>")
            .receive(202)
            .receive("NOTIFY")
            .answerInDialog("200 OK"),
        new SippFlow()
            .receive("REFER")
            .answer("202 Accepted")
            .backInDialog(
                "NOTIFY",
                1,
                CALLEE,
                "Event: refer",
                "Subscription-State: terminated;reason=noresource")
            .receive(200));
  }

  /**
   * Plays both sides so many times, with a second 100 from the stack where that of the proxy comes
   * late; the caller has no connection but the one to the proxy.
   */
  private void flow(SippFlow caller, SippFlow... callees) throws Exception {
    List<ExternalProcess> answering = new ArrayList<>();
    try {
      for (SippFlow callee : callees) {
        String name = "callee" + answering.size();
        answering.add(callee.await(CALLEE, name, folder, proxy.port("tcp")));
        proxy.awaitEvents("registered", answering.size());
      }
      try (ExternalProcess calling =
          caller.play("caller", folder, proxy.port("tcp"), CALLS, "-l", "10", "-r", "50")) {
        int status = calling.awaitEnd();
        assertThat(status)
            .as(
                SippFlow.errors(folder, "caller")
                    + calling.output()
                    + answering.stream().map(ExternalProcess::output).toList()
                    + proxy.process().output())
            .isZero();
      }
    } finally {
      answering.forEach(ExternalProcess::close);
    }
  }
}
