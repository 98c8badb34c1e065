package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What RFC 3261 asks of a proxy when those at its sides do not what they should, both sides played
 * by SIPp through one sample proxy.
 */
@Tag("peers")
@RealPeers(packages = "sip-tester")
// Some wait for timers of the proxy; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
class ProxyRulesInteropTest {

  private static final int CALLS = 10;
  private static final int MANY = 200;
  private static final int LONG_MILLIS = 300_000;

  /** What is cancelled may take 32 s to end, and its transactions may take 32 s more. */
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  @TempDir private static Path shared;
  private static ProxyProcess proxy;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    proxy = ProxyProcess.start(shared, null);
  }

  @AfterAll
  static void stop() {
    proxy.close();
  }

  private ExternalProcess registered(String user, SippFlow callee) throws Exception {
    String plain = user.replace("%61", "a");
    ExternalProcess waiting = callee.await(user, plain, folder, proxy.port("tcp"));
    proxy.awaitRegistration(plain);
    return waiting;
  }

  private void play(SippFlow caller) throws Exception {
    play(caller, proxy);
  }

  private void play(SippFlow caller, ProxyProcess by) throws Exception {
    try (ExternalProcess calling = caller.play("caller", folder, by.port("tcp"), CALLS)) {
      int status = calling.awaitEnd();
      assertThat(status)
          .as(SippFlow.errors(folder, "caller") + calling.output() + by.process().output())
          .isZero();
    }
  }

  private void play(String user, SippFlow caller, SippFlow callee) throws Exception {
    ExternalProcess waiting = registered(user, callee);
    try {
      play(caller);
    } finally {
      waiting.close();
    }
  }

  @Test
  void aSuccessWithoutContactReachesTheCaller() throws Exception {
    play(
        "careless",
        new SippFlow()
            .begin("INVITE", 1, "careless")
            .receive(100)
            .mayReceive(100)
            .receive(200)
            .begin("ACK", 1, "careless"),
        new SippFlow().receive("INVITE").answer("200 OK").without("Contact").receive("ACK"));
  }

  @Test
  void aSubscriptionThatIsAnsweredWithoutExpiresReachesTheCaller() throws Exception {
    play(
        "timeless",
        new SippFlow().begin("SUBSCRIBE", 1, "timeless", "Event: presence").receive(200),
        new SippFlow().receive("SUBSCRIBE").answer("200 OK"));
  }

  @Test
  void anAnswerToAnotherFromTagReachesTheCaller() throws Exception {
    play(
        "mistaken",
        new SippFlow().begin("MESSAGE", 1, "mistaken").receive(486),
        new SippFlow()
            .receive("MESSAGE")
            .answer("486 Busy Here")
            .replacing("\\[last_From:]", "From: <sip:caller@contoso.test>;tag=somebody"));
  }

  @Test
  void aRequestThatLacksWhatItsMethodNeedsIsRefused() throws Exception {
    SippFlow nothing = new SippFlow().receive("OPTIONS");
    play(
        "called",
        new SippFlow()
            .begin("INVITE", 1, "called")
            .without("Contact")
            .receive(400)
            .ofInvite("ACK", 2, "called"),
        nothing);
    play(
        "notified",
        new SippFlow().begin("NOTIFY", 1, "notified", "Subscription-State: active").receive(400),
        nothing);
    play(
        "published",
        new SippFlow().begin("PUBLISH", 1, "published", "Expires: 60").receive(400),
        nothing);
  }

  @Test
  void requestsThatNobodyAnswersLeaveNothingBehindWhenTheirConnectionsEnd() throws Exception {
    try (ExternalProcess silent = registered("silent", new SippFlow().receive("MESSAGE"));
        ExternalProcess asking =
            new SippFlow()
                .begin("MESSAGE", 1, "silent")
                .pause(LONG_MILLIS)
                .play("caller", folder, proxy.port("tcp"), MANY, "-r", "100")) {
      await()
          .atMost(PATIENCE)
          .until(() -> ProcessFigures.transactions(proxy.process()) >= 2 * MANY);
      asking.kill();
      silent.kill();
    }
    awaitNoTransactions();
  }

  @Test
  void aCancelledCallThatItsCalleeDoesNotEndIsEndedByTheProxy() throws Exception {
    play(
        "stubborn",
        new SippFlow()
            .begin("INVITE", 1, "stubborn")
            .receive(100)
            .mayReceive(100)
            .receive(180)
            .ofInvite("CANCEL", 4, "stubborn")
            .mayReceive(100)
            .receive(200)
            .receive(487)
            .ofInvite("ACK", 8, "stubborn"),
        new SippFlow()
            .receive("INVITE")
            .answer("180 Ringing")
            .receive("CANCEL")
            .answerInDialog("200 OK"));
    awaitNoTransactions();
  }

  private static void awaitNoTransactions() {
    await().atMost(PATIENCE).until(() -> ProcessFigures.transactions(proxy.process()) == 0);
  }

  @Test
  void everySuccessOfACallReachesTheCaller() throws Exception {
    play(
        "eager",
        new SippFlow()
            .begin("INVITE", 1, "eager")
            .receive(100)
            .mayReceive(100)
            .receive(200)
            .receive(200)
            .receive(200)
            .inDialog("ACK", 1, "eager"),
        new SippFlow()
            .receive("INVITE")
            .answer("200 OK")
            // SIPp itself takes no notice of the very same once more.
            .answer("200 OK", "Subject: again")
            .answer("200 OK", "Subject: another device")
            .replacing(";tag=callee", ";tag=another")
            .receive("ACK"));
  }

  @Test
  void aSuccessThatAnswersNothingIsDroppedAndNobodyIsDialled() throws Exception {
    try (ServerSocket elsewhere = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      play(
          new SippFlow()
              .strayAnswer(proxy.port("tcp"), elsewhere.getLocalPort())
              .begin("OPTIONS", 1, "nobody")
              .replacing("sip:nobody@contoso.test SIP", "sip:contoso.test SIP")
              .receive(200));
      elsewhere.setSoTimeout(300);
      assertThatThrownBy(elsewhere::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aCallStaysWithItsPeerWhoeverElseHasTheSameContact() throws Exception {
    SippFlow taking =
        new SippFlow().contact("sip:192.168.1.10:5060;transport=tcp").takeCall().takeBye();
    try (ExternalProcess peer = registered("peer", taking);
        ExternalProcess other = registered("other", taking)) {
      play(new SippFlow().call("peer").hangUp(2, "peer"));
      assertThat(SippFlow.errors(folder, "other")).as(peer.output() + other.output()).isEmpty();
    }
  }

  @Test
  void aSipsUriIsRefusedOverTcp() throws Exception {
    play(
        new SippFlow()
            .begin("MESSAGE", 1, "nobody")
            .replacing("MESSAGE sip:", "MESSAGE sips:")
            .receive(416));
  }

  @Test
  void aProxyOnAllAddressesKnowsTheOneThatThePeerReached() throws Exception {
    try (ProxyProcess all = ProxyProcess.start(folder, null, "--listen", "0.0.0.0")) {
      play(
          new SippFlow()
              .begin("OPTIONS", 1, "nobody")
              .replacing("sip:nobody@contoso.test SIP", "sip:127.0.0.1:" + all.port("tcp") + " SIP")
              .receive(200),
          all);
    }
  }

  @Test
  void aUserIsFoundHoweverHisNameIsEscaped() throws Exception {
    play(
        "%61lice",
        new SippFlow().begin("MESSAGE", 1, "alice").receive(200),
        new SippFlow().receive("MESSAGE").answer("200 OK"));
  }
}
