package net.conmgmt.sip.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Who holds an endpoint when it moves between proxies, and who hears of it. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class DirectoryNodeTest extends TwoProxies {

  DirectoryNodeTest(long clockStart) {
    super(clockStart);
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
}
