package net.conmgmt.sip.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Two proxies and their directory in virtual time: {@code seconds node event}. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class DirectoryNodeTest {

  private static final Endpoint DESK = new Endpoint("sip:alice@contoso.com", "desk");
  private static final Endpoint PHONE = new Endpoint("sip:alice@contoso.com", "phone");
  private static final int LEASE = 10;

  private final long clockStart;
  private final VirtualScheduler time;
  private final MemoryStore store;
  private final List<String> log = new ArrayList<>();
  private final Proxy a;
  private final Proxy b;

  DirectoryNodeTest(long clockStart) {
    this.clockStart = clockStart;
    time = new VirtualScheduler(clockStart);
    store = new MemoryStore(time);
    a = new Proxy("a:5060");
    b = new Proxy("b:5060");
    time.advanceSeconds(1);
    log.clear();
  }

  private final class Proxy implements DirectoryNode.Effects {
    final String name;
    final MemoryStore.Link link = store.new Link();
    final DirectoryNode node;
    Runnable whenDisplaced = () -> {};

    Proxy(String name) {
      this.name = name;
      node = new DirectoryNode(link, time, new DirectorySettings(name, LEASE, 100), this);
      node.start();
    }

    void claim(Endpoint endpoint, String flow) {
      node.claim(endpoint, flow, "sip:" + flow + "@192.0.2.1", true, 600);
    }

    List<String> sees(Endpoint endpoint) {
      CompletableFuture<List<DirectoryEntry>> found = node.lookup(endpoint.addressOfRecord());
      time.advance(20_000_000);
      return found.join().stream()
          .map(entry -> entry.endpoint().instance() + " " + entry.node() + " " + entry.flow())
          .toList();
    }

    @Override
    public void displaced(DirectoryEntry lost, String newerNode) {
      note("displaced " + lost.flow() + " by " + newerNode);
      whenDisplaced.run();
    }

    @Override
    public void leaseLost() {
      note("lease lost");
    }

    @Override
    public void leaseGained() {
      note("lease gained");
    }

    private void note(String what) {
      log.add((time.nanoTime() - clockStart) / 1_000_000_000 + " " + name + " " + what);
    }
  }

  private List<String> events() {
    List<String> events = List.copyOf(log);
    log.clear();
    return events;
  }

  @Test
  @Requirement({"CLU-1", "CLU-2"})
  void anEndpointThatComesToAnotherProxyIsFoundThereAndLostAtTheFirst() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    assertThat(a.sees(DESK)).containsExactly("desk a:5060 a1");
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a1");
    b.claim(DESK, "b1");
    time.advance(10_000_000);
    assertThat(events()).containsExactly("2 a:5060 displaced a1 by b:5060");
    assertThat(a.sees(DESK)).containsExactly("desk b:5060 b1");
    assertThat(b.sees(DESK)).containsExactly("desk b:5060 b1");
  }

  @Test
  @Requirement({"CLU-1", "CLU-4"})
  void whatALostConnectionStillSaysWhileItIsToldDoesNotBringItBack() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    CompletableFuture<EndpointDirectory.Claimed> answer = new CompletableFuture<>();
    a.whenDisplaced =
        () -> {
          assertThat(a.node.held(DESK.addressOfRecord())).isEmpty();
          a.node.claim(DESK, "a1", "sip:a1@192.0.2.1", true, 600, answer);
          a.node.connected();
        };
    b.claim(DESK, "b1");
    time.advanceSeconds(60);
    assertThat(events()).containsExactly("2 a:5060 displaced a1 by b:5060");
    assertThat(answer.join().granted()).isFalse();
    assertThat(a.sees(DESK)).containsExactly("desk b:5060 b1");
    a.whenDisplaced = () -> {};
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    assertThat(a.sees(DESK)).as("it comes anew").containsExactly("desk a:5060 a1");
  }

  @Test
  @Requirement("CLU-2")
  void devicesOfOneUserOnSeveralProxiesAreAllFoundTheLatestFirst() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    b.claim(PHONE, "b1");
    time.advanceSeconds(1);
    assertThat(a.sees(DESK)).containsExactly("phone b:5060 b1", "desk a:5060 a1");
    b.node.release(PHONE, "b1");
    time.advanceSeconds(1);
    assertThat(a.sees(DESK)).containsExactly("desk a:5060 a1");
    assertThat(events()).isEmpty();
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
  @Requirement("CLU-4")
  void aReleaseThatComesLateTakesNothingFromTheNewerHolder() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.losesHints(true);
    b.claim(DESK, "b1");
    time.advanceSeconds(1);
    a.node.release(DESK, "a1");
    time.advanceSeconds(1);
    assertThat(a.sees(DESK)).containsExactly("desk b:5060 b1");
  }

  @Test
  @Requirement({"CLU-1", "CLU-4"})
  void aRefreshAtTheEarlierProxyFindsOutThatItIsReplaced() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.losesHints(true);
    b.claim(DESK, "b1");
    time.advance(500_000_000);
    a.claim(DESK, "a1");
    time.advance(10_000_000);
    assertThat(events()).containsExactly("2 a:5060 displaced a1 by b:5060");
    assertThat(a.sees(DESK)).containsExactly("desk b:5060 b1");
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
  @Requirement("CLU-4")
  void twoClaimsAtOnceHaveOneWinner() {
    a.claim(DESK, "a1");
    b.claim(DESK, "b1");
    time.advanceSeconds(1);
    assertThat(events()).containsExactly("1 a:5060 displaced a1 by b:5060");
    assertThat(a.sees(DESK)).isEqualTo(b.sees(DESK)).containsExactly("desk b:5060 b1");
  }

  @Test
  @Requirement({"CLU-1", "CLU-4"})
  void ofTwoArrivalsTheLaterStaysAlsoWhereTheEarlierIsSaidLast() {
    a.link.delayNanos = 100_000_000;
    a.claim(DESK, "a1");
    time.advance(20_000_000);
    b.claim(DESK, "b1");
    time.advanceSeconds(1);
    assertThat(events()).containsExactly("1 a:5060 displaced a1 by b:5060");
    assertThat(b.sees(DESK)).containsExactly("desk b:5060 b1");
  }

  @Test
  @Requirement("CLU-4")
  void aHintThatIsOlderThanAClaimOnItsWayDisplacesNothing() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    a.link.delayNanos = 50_000_000;
    b.claim(DESK, "b1");
    // It comes back to a before the hint arrives there, and its claim is executed after b's.
    time.advance(20_000_000);
    a.claim(DESK, "a2");
    time.advanceSeconds(1);
    assertThat(events()).containsExactly("2 b:5060 displaced b1 by a:5060");
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a2");
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
  @Requirement("CLU-4")
  void anEndpointThatHasNotAuthenticatedDisplacesNobodyWhoHas() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    b.node.claim(DESK, "b1", "sip:x@192.0.2.66", false, 600);
    time.advanceSeconds(1);
    assertThat(events()).isEmpty();
    assertThat(a.sees(DESK)).containsExactly("desk a:5060 a1");
    a.link.cut();
    time.advanceSeconds(LEASE + 1);
    b.node.claim(DESK, "b1", "sip:x@192.0.2.66", false, 600);
    time.advanceSeconds(1);
    assertThat(b.sees(DESK)).containsExactly("desk b:5060 b1");
  }

  @Test
  @Requirement("CLU-2")
  void aRegistrationThatHasEndedIsNoLongerATarget() {
    a.node.claim(DESK, "a1", "sip:a1@192.0.2.1", true, 90);
    time.advanceSeconds(4 * 6 * LEASE);
    assertThat(a.node.lookup(DESK.addressOfRecord())).isNotNull();
    CompletableFuture<List<DirectoryEntry>> found = b.node.lookup(DESK.addressOfRecord());
    time.advanceSeconds(1);
    assertThat(found.join()).singleElement().extracting(DirectoryEntry::contact).isEqualTo("");
  }

  @Test
  @Requirement("CLU-2")
  void aRegistrationThatEndedJustNowIsNoTargetEither() {
    a.node.claim(DESK, "a1", "sip:a1@192.0.2.1", true, 5);
    time.advanceSeconds(4);
    assertThat(contacts(a)).isEqualTo(contacts(b)).containsExactly("sip:a1@192.0.2.1");
    time.advanceSeconds(1);
    assertThat(contacts(b)).containsExactly("");
    assertThat(contacts(a)).containsExactly("");
  }

  private List<String> contacts(Proxy asker) {
    CompletableFuture<List<DirectoryEntry>> found = asker.node.lookup(DESK.addressOfRecord());
    time.advance(20_000_000);
    return found.join().stream().map(DirectoryEntry::contact).toList();
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
  void whoeverClaimsHearsTheAnswerThoughAnotherClaimsRightAfter() {
    CompletableFuture<EndpointDirectory.Claimed> first = new CompletableFuture<>();
    CompletableFuture<EndpointDirectory.Claimed> second = new CompletableFuture<>();
    a.node.claim(DESK, "a1", "", true, 600, first);
    a.node.claim(DESK, "a1", "", true, 600, second);
    time.advanceSeconds(1);
    assertThat(second).isCompleted();
    assertThat(first).isCompleted();
  }

  @Test
  void whoeverClaimsWhatIsTooLongHearsItAtOnce() {
    CompletableFuture<EndpointDirectory.Claimed> caller = new CompletableFuture<>();
    a.node.claim(new Endpoint("sip:" + "a".repeat(2_000) + "@h", "d"), "f", "", true, 600, caller);
    assertThat(caller).isCompletedExceptionally();
  }

  @Test
  @Requirement("CLU-2")
  void whatAFlowThatIsGoneWasEnteredAsIsForgottenAndNothingNewer() {
    a.claim(DESK, "a1");
    time.advanceSeconds(1);
    CompletableFuture<List<DirectoryEntry>> found = b.node.lookup(DESK.addressOfRecord());
    time.advanceSeconds(1);
    DirectoryEntry old = found.join().get(0);
    a.claim(DESK, "a2");
    time.advanceSeconds(1);
    CompletableFuture<Boolean> forgotten = b.node.forget(old);
    time.advanceSeconds(1);
    assertThat(forgotten.join()).isFalse();
    assertThat(b.sees(DESK)).containsExactly("desk a:5060 a2");
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
