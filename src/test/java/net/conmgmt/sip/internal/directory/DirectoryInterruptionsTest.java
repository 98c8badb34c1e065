package net.conmgmt.sip.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of entries when proxies or the store go away and come back. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class DirectoryInterruptionsTest extends TwoProxies {

  DirectoryInterruptionsTest(long clockStart) {
    super(clockStart);
  }

  @Test
  @Requirement("CLU-3")
  void aProxyThatDiesLosesAllItsEntriesWithinTheLeaseAndNobodyElseDoes() {
    a.claim(DESK, "a1");
    b.claim(PHONE, "b1");
    time.advanceSeconds(1);
    a.link.cut();
    time.advanceSeconds(LEASE - 4);
    assertThat(b.sees(DESK)).contains("desk a:5060 a1");
    time.advanceSeconds(4);
    assertThat(b.sees(DESK)).containsExactly("phone b:5060 b1");
  }

  @Test
  @Requirement("CLU-6")
  void aProxyThatIsCutOffFindsItsOwnClientsAndEntersThemAgainAfterwards() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.cut();
    a.claim(PHONE, "a2");
    assertThat(a.sees(DESK)).containsExactlyInAnyOrder("phone a:5060 a2", "desk a:5060 a1");
    time.advanceSeconds(2 * LEASE);
    assertThat(events()).containsExactly("12 a:5060 lease lost");
    assertThat(b.sees(DESK)).isEmpty();
    a.link.heal();
    time.advanceSeconds(1);
    assertThat(events()).containsExactly("22 a:5060 lease gained");
    assertThat(b.sees(DESK)).containsExactlyInAnyOrder("phone a:5060 a2", "desk a:5060 a1");
    assertThat(a.node.status().behind()).isZero();
  }

  @Test
  @Requirement({"CLU-4", "CLU-6"})
  void whatHasMovedWhileAProxyWasCutOffIsReplacedThereAfterwards() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.cut();
    b.claim(DESK, "b1");
    time.advanceSeconds(2 * LEASE);
    assertThat(events()).containsExactly("12 a:5060 lease lost");
    a.link.heal();
    time.advanceSeconds(1);
    assertThat(events())
        .containsExactly("22 a:5060 lease gained", "22 a:5060 displaced a1 by b:5060");
    assertThat(a.sees(DESK)).containsExactly("desk b:5060 b1");
  }

  @Test
  @Requirement({"CLU-4", "CLU-6"})
  void ofTwoSidesOfAPartitionTheOneToWhichTheClientCameLastWins() {
    b.claim(DESK, "b1");
    time.advanceSeconds(1);
    a.link.cut();
    time.advanceSeconds(3);
    a.claim(DESK, "a1");
    time.advanceSeconds(2 * LEASE);
    a.link.heal();
    time.advanceSeconds(1);
    assertThat(events()).contains("25 b:5060 displaced b1 by a:5060");
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a1");
  }

  @Test
  @Requirement("CLU-4")
  void whatTheLaterProxyHadReleasedDoesNotComeBackFromTheEarlierOne() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.cut();
    b.claim(DESK, "b1");
    time.advanceSeconds(1);
    b.node.release(DESK, "b1");
    time.advanceSeconds(2 * LEASE);
    a.link.heal();
    time.advanceSeconds(1);
    assertThat(events()).contains("23 a:5060 displaced a1 by ");
    assertThat(b.sees(DESK)).isEmpty();
  }

  @Test
  @Requirement({"CLU-1", "CLU-6"})
  void aLostHintIsMadeUpForByTheNextReconciliation() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.losesHints(true);
    b.claim(DESK, "b1");
    time.advanceSeconds(6 * LEASE + 4);
    assertThat(events()).singleElement().asString().endsWith("a:5060 displaced a1 by b:5060");
  }

  @Test
  @Requirement({"CLU-4", "CLU-6"})
  void aClaimWhoseAnswerWasLostIsStillOurs() {
    a.link.mute(true);
    a.claim(DESK, "a1");
    time.advance(20_000_000);
    a.link.mute(false);
    time.advanceSeconds(1);
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a1");
    assertThat(events()).isEmpty();
    b.claim(DESK, "b1");
    time.advance(10_000_000);
    assertThat(events()).containsExactly("2 a:5060 displaced a1 by b:5060");
  }

  @Test
  @Requirement("CLU-6")
  void aDirectoryThatHasLostItsDataIsFilledAgainAtTheConfiguredPace() {
    for (int i = 0; i < 500; i++) {
      a.claim(new Endpoint("sip:u" + i + "@contoso.com", "d"), "f" + i);
    }
    time.advanceSeconds(10);
    a.link.cut();
    store.forgetAll();
    a.link.heal();
    int before = store.claims;
    time.advanceSeconds(2);
    assertThat(store.claims - before).isBetween(150, 210);
    time.advanceSeconds(4);
    assertThat(store.claims - before).isEqualTo(500);
    assertThat(a.node.status().behind()).isZero();
    assertThat(events()).startsWith("11 a:5060 lease lost", "11 a:5060 lease gained");
  }

  @Test
  @Requirement("CLU-6")
  void whatWasReleasedDuringAShortCutIsReleasedAfterwards() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.cut();
    a.node.release(DESK, "a1");
    time.advanceSeconds(2);
    a.link.heal();
    time.advanceSeconds(1);
    assertThat(b.sees(DESK)).isEmpty();
    assertThat(events()).isEmpty();
  }

  @Test
  @Requirement("CLU-6")
  void moreReleasesThanAreRememberedEndTheIncarnation() {
    for (int i = 0; i < 10_100; i++) {
      a.claim(new Endpoint("sip:u" + i + "@contoso.com", "d"), "f" + i);
    }
    a.claim(DESK, "a1");
    time.advanceSeconds(120);
    a.link.cut();
    for (int i = 0; i < 10_100; i++) {
      a.node.release(new Endpoint("sip:u" + i + "@contoso.com", "d"), "f" + i);
    }
    a.link.heal();
    time.advanceSeconds(2);
    assertThat(b.sees(new Endpoint("sip:u10050@contoso.com", "d"))).isEmpty();
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a1");
  }

  @Test
  @Requirement("CLU-6")
  void whatComesAndGoesWhileTheStoreIsAwayTakesNoMoreAndMoreRoom() {
    a.link.cut();
    for (int i = 0; i < 50_000; i++) {
      a.claim(DESK, "a" + i);
      if (i % 2 == 0) {
        a.node.release(DESK, "a" + i);
      }
      time.advance(1_000);
    }
    assertThat(a.node.status().behind()).isLessThanOrEqualTo(10_001);
    a.link.heal();
    time.advanceSeconds(200);
    assertThat(a.node.status().behind()).isZero();
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a49999");
  }

  @Test
  @Requirement("CLU-6")
  void aStoreThatNoLongerAnswersIsConnectedAnew() {
    a.link.mute(true);
    time.advanceSeconds(LEASE);
    assertThat(a.link.reconnects).isPositive();
    a.link.mute(false);
    time.advanceSeconds(LEASE);
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a1");
  }

  @Test
  @Requirement("CLU-6")
  void whyTheStoreRefusesIsSaid() {
    try (CapturedLog log = new CapturedLog(DirectoryNode.class, Level.WARN)) {
      a.link.refuse("OOM command not allowed");
      time.advanceSeconds(LEASE);
      assertThat(a.link.reconnects).isPositive();
      assertThat(log.lines()).first().asString().contains("OOM command not allowed");
    }
  }

  @Test
  @Requirement("CLU-3")
  void aProxyThatEndsWhileItsRenewalIsUnderWayDoesNotComeBack() {
    a.link.takes(1_000_000_000);
    store.forgetAll();
    time.advanceSeconds(3);
    a.node.close();
    time.advanceSeconds(6);
    assertThat(events()).noneMatch(event -> event.contains("a:5060"));
    assertThat(b.node.status().nodes()).containsExactly("b:5060");
  }

  @Test
  @Requirement("CLU-3")
  void aProxyThatEndsInOrderLeavesAtOnce() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.node.close();
    time.advanceSeconds(4);
    assertThat(a.link.closed).isTrue();
    assertThat(b.sees(DESK)).isEmpty();
    b.node.close();
    time.advanceSeconds(60);
    assertThat(time.pendingTasks()).isZero();
  }
}
