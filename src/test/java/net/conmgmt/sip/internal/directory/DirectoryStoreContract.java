package net.conmgmt.sip.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.directory.DirectoryStore.Answer;
import net.conmgmt.sip.internal.directory.DirectoryStore.Claim;
import net.conmgmt.sip.internal.directory.DirectoryStore.Held;
import net.conmgmt.sip.internal.directory.DirectoryStore.Nodes;
import net.conmgmt.sip.internal.directory.DirectoryStore.Verdict;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every directory has to do, whatever it is made of. */
public abstract class DirectoryStoreContract {

  protected static final String A = "192.0.2.1:5060";
  protected static final String B = "[2001:db8::2]:5060";

  private static final Endpoint DESK = new Endpoint("sip:alice@contoso.com", "desk");
  private static final long LEASE = TimeUnit.SECONDS.toMicros(10);
  private static final long HOUR = TimeUnit.HOURS.toMicros(1);

  private static final AtomicInteger TESTS = new AtomicInteger();

  private String unique = "";

  @BeforeEach
  void anotherUser() {
    unique = getClass().getSimpleName() + TESTS.incrementAndGet();
  }

  /** The store as that node sees it. */
  protected abstract DirectoryStore store(String node);

  /** The answer, once it is there. */
  protected abstract <T> T await(CompletableFuture<T> answer) throws Exception;

  /** The next hint about an endpoint that a node hears: {@code epoch node}. */
  protected abstract String hint(String node, Endpoint endpoint) throws Exception;

  /** No two tests have the same user. */
  private Endpoint desk() {
    return new Endpoint("sip:" + unique + "@contoso.com", "desk");
  }

  private static Claim words(Endpoint endpoint, String node, String flow, boolean own, long stamp) {
    return new Claim(
        endpoint, node, 1, flow, true, "sip:alice@192.0.2.9|x", HOUR, own, stamp, 0, 0);
  }

  private Answer claim(Endpoint endpoint, String node, String flow) throws Exception {
    return await(store(node).claim(words(endpoint, node, flow, false, now(node))));
  }

  private Answer claimAgain(Endpoint endpoint, String node, String flow, long epoch)
      throws Exception {
    return await(store(node).claim(words(endpoint, node, flow, true, epoch)));
  }

  private long now(String node) throws Exception {
    return await(store(node).renew("nobody:1", 1, LEASE)).nowMicros();
  }

  private List<Held> found(Endpoint endpoint) throws Exception {
    return await(store(B).lookup(endpoint.addressOfRecord()));
  }

  @Test
  @Requirement("CLU-2")
  void whatIsClaimedIsFoundByOthers() throws Exception {
    Answer answer = claim(desk(), A, "f1");
    assertThat(answer.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(answer.other()).isNull();
    assertThat(found(desk()))
        .singleElement()
        .satisfies(
            held -> {
              assertThat(held.endpoint()).isEqualTo(desk());
              assertThat(held.epoch()).isEqualTo(answer.epoch());
              assertThat(held.node()).isEqualTo(A);
              assertThat(held.incarnation()).isEqualTo(1);
              assertThat(held.flow()).isEqualTo("f1");
              assertThat(held.authenticated()).isTrue();
              assertThat(held.contact()).isEqualTo("sip:alice@192.0.2.9|x");
              assertThat(held.untilMicros() - answer.nowMicros()).isEqualTo(HOUR);
            });
  }

  @Test
  @Requirement({"CLU-1", "CLU-4"})
  void aLaterClaimDisplacesWithAGreaterEpochAndTheFormerHolderHears() throws Exception {
    Answer first = claim(desk(), A, "f1");
    Answer second = claim(desk(), B, "f2");
    assertThat(second.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(second.epoch()).isGreaterThan(first.epoch());
    assertThat(second.other()).extracting(Held::node).isEqualTo(A);
    assertThat(hint(A, desk())).isEqualTo(second.epoch() + " " + B);
  }

  @Test
  @Requirement("CLU-4")
  void whatWasEnteredBeforeIsNotEnteredAgainOverANewerEntry() throws Exception {
    Answer first = claim(desk(), A, "f1");
    Answer second = claim(desk(), B, "f2");
    Answer late = claimAgain(desk(), A, "f1", first.epoch());
    assertThat(late.verdict()).isEqualTo(Verdict.NEWER);
    assertThat(late.epoch()).isEqualTo(second.epoch());
    assertThat(claimAgain(desk(), B, "f2", second.epoch()).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(found(desk())).singleElement().extracting(Held::node).isEqualTo(B);
  }

  @Test
  @Requirement("CLU-4")
  void ofTwoClaimsForOneEpochTheFirstStays() throws Exception {
    assertThat(claimAgain(desk(), A, "f1", 1000).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(claimAgain(desk(), B, "f2", 1000).verdict()).isEqualTo(Verdict.NEWER);
  }

  @Test
  @Requirement({"CLU-4", "CLU-6"})
  void aClaimThatComesLateCountsFromWhenTheEndpointCame() throws Exception {
    long now = now(A);
    Answer past = await(store(A).claim(words(desk(), A, "f1", false, now - 60_000_000)));
    assertThat(past.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(past.epoch()).isEqualTo(now - 60_000_000);
    Answer earlier = await(store(B).claim(words(desk(), B, "f2", false, now - 70_000_000)));
    assertThat(earlier.verdict()).isEqualTo(Verdict.NEWER);
    Answer later = await(store(B).claim(words(desk(), B, "f2", false, now - 50_000_000)));
    assertThat(later.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(later.epoch()).isEqualTo(now - 50_000_000);
  }

  @Test
  @Requirement({"CLU-1", "CLU-4"})
  void aClaimThatIsOvertakenByThatOfALaterArrivalChangesNothing() throws Exception {
    long now = now(A);
    Answer later = await(store(B).claim(words(desk(), B, "f2", false, now)));
    Answer earlier = await(store(A).claim(words(desk(), A, "f1", false, now - 50_000)));
    assertThat(earlier.verdict()).isEqualTo(Verdict.NEWER);
    assertThat(earlier.epoch()).isEqualTo(later.epoch()).isEqualTo(now);
    assertThat(found(desk())).singleElement().extracting(Held::node).isEqualTo(B);
  }

  @Test
  @Requirement("CLU-4")
  void whereTheClocksLeaveItInDoubtTheClaimThatIsMadeLastStays() throws Exception {
    long now = now(A);
    Answer first = await(store(B).claim(words(desk(), B, "f2", false, now)));
    Claim doubtful = new Claim(desk(), A, 1, "f1", true, "", HOUR, false, now - 50_000, 60_000, 0);
    Answer second = await(store(A).claim(doubtful));
    assertThat(second.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(second.epoch()).isGreaterThan(first.epoch());
  }

  @Test
  @Requirement("CLU-4")
  void anEntryFromBeforeTheStoresClockWasSetBackGivesWayToAnEndpointThatComesNow()
      throws Exception {
    long ahead = now(A) + 60_000_000;
    assertThat(claimAgain(desk(), A, "f1", ahead).verdict()).isEqualTo(Verdict.GRANTED);
    Answer now = claim(desk(), B, "f2");
    assertThat(now.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(now.epoch()).isEqualTo(ahead + 1);
  }

  @Test
  @Requirement("CLU-4")
  void noClaimIsDatedAheadOfTheStoresClock() throws Exception {
    long ahead = now(A) + 60_000_000;
    Answer answer = await(store(A).claim(words(desk(), A, "f1", false, ahead)));
    assertThat(answer.epoch()).isLessThanOrEqualTo(answer.nowMicros());
  }

  @Test
  @Requirement("CLU-4")
  void theHolderItselfKeepsItsEpoch() throws Exception {
    Answer first = claim(desk(), A, "f1");
    assertThat(claim(desk(), A, "f1").epoch()).isEqualTo(first.epoch());
    assertThat(claim(desk(), A, "another").epoch()).isGreaterThan(first.epoch());
  }

  @Test
  @Requirement("CLU-4")
  void onlyTheHolderReleasesAndNothingOlderComesBack() throws Exception {
    Answer first = claim(desk(), A, "f1");
    Answer second = claim(desk(), B, "f2");
    assertThat(await(store(A).release(desk(), A, "f1", 0))).isFalse();
    assertThat(await(store(B).release(desk(), B, "other", 0))).isFalse();
    assertThat(await(store(B).release(desk(), B, "f2", first.epoch()))).isFalse();
    assertThat(await(store(A).release(desk(), B, "f2", second.epoch()))).isTrue();
    assertThat(found(desk())).isEmpty();
    Answer late = claimAgain(desk(), A, "f1", first.epoch());
    assertThat(late.verdict()).isEqualTo(Verdict.NEWER);
    assertThat(found(desk())).isEmpty();
    assertThat(claim(desk(), A, "f3").epoch()).isGreaterThan(second.epoch());
  }

  @Test
  @Requirement("CLU-4")
  void whoHasNotAuthenticatedDisplacesOnlyADeadHolder() throws Exception {
    Answer first = claim(desk(), A, "f1");
    Claim open = new Claim(desk(), B, 1, "f2", false, "", HOUR, false, now(B), 0, 0);
    Answer kept = await(store(B).claim(open));
    assertThat(kept.verdict()).isEqualTo(Verdict.KEPT);
    assertThat(kept.epoch()).isEqualTo(first.epoch());
    Claim over = new Claim(desk(), B, 1, "f2", false, "", HOUR, false, now(B), 0, first.epoch());
    assertThat(await(store(B).claim(over)).verdict()).isEqualTo(Verdict.GRANTED);
  }

  @Test
  void oneUserHasABoundedNumberOfDevices() throws Exception {
    Endpoint desk = desk();
    for (int i = 0; i < DirectoryStore.MAX_DEVICES; i++) {
      claim(new Endpoint(desk.addressOfRecord(), "d" + i), A, "f");
    }
    assertThat(claim(new Endpoint(desk.addressOfRecord(), "more"), A, "f").verdict())
        .isEqualTo(Verdict.FULL);
    assertThat(claim(new Endpoint(desk.addressOfRecord(), "d7"), A, "g").verdict())
        .isEqualTo(Verdict.GRANTED);
    assertThat(found(desk)).hasSize(DirectoryStore.MAX_DEVICES);
  }

  @Test
  @Requirement("CLU-3")
  void aNodeCountsForAsLongAsItsLeaseIsRenewed() throws Exception {
    String node = unique + ":1";
    Nodes joined = await(store(A).join(node, 0, LEASE));
    assertThat(joined.incarnation()).isPositive();
    assertThat(joined.takenOver()).isFalse();
    Nodes seen = await(store(B).renew("nobody:1", 1, LEASE));
    assertThat(seen.incarnation()).isZero();
    assertThat(seen.leases().get(node))
        .extracting(DirectoryStore.Lease::incarnation)
        .isEqualTo(joined.incarnation());
    Nodes renewed = await(store(A).renew(node, joined.incarnation(), 1));
    assertThat(renewed.incarnation()).isEqualTo(joined.incarnation());
    Nodes lapsed = await(store(A).renew(node, joined.incarnation(), LEASE));
    assertThat(lapsed.incarnation()).as("a lease of a microsecond").isZero();
    Nodes again = await(store(A).join(node, joined.incarnation(), LEASE));
    assertThat(again.incarnation()).isGreaterThan(joined.incarnation());
    assertThat(again.takenOver()).isFalse();
    Nodes usurper = await(store(B).join(node, 0, LEASE));
    assertThat(usurper.takenOver()).isTrue();
    assertThat(await(store(A).renew(node, again.incarnation(), LEASE)).incarnation()).isZero();
    await(store(B).leave(node, usurper.incarnation()));
    assertThat(await(store(A).renew("nobody:1", 1, LEASE)).leases()).doesNotContainKey(node);
  }

  @Test
  void namesOfAnyCharactersComeBackAsTheyWere() throws Exception {
    claim(DESK, A, "f");
    for (String odd :
        List.of("a|b", "}{", "\"x\" y", "ü\u20ac\ud83d\ude00", "%00\t|", "urn:uuid:1")) {
      Endpoint endpoint = new Endpoint("sip:" + odd.replace(" ", "") + unique + "@h", odd);
      claim(endpoint, A, "f1");
      assertThat(found(endpoint)).singleElement().extracting(Held::endpoint).isEqualTo(endpoint);
      Answer second = claim(endpoint, B, "f2");
      assertThat(hint(A, endpoint)).isEqualTo(second.epoch() + " " + B);
    }
  }

  @Test
  @Requirement({"CLU-1", "DIA-9"})
  void theFlowsOfADeviceAreApart() throws Exception {
    String user = desk().addressOfRecord();
    Endpoint first = new Endpoint(user, "d", 1);
    Endpoint odd = new Endpoint(user, "d;reg-id=2");
    claim(first, A, "f1");
    claim(new Endpoint(user, "d", 2), B, "f2");
    claim(new Endpoint(user, "d"), B, "f3");
    claim(odd, B, "f4");
    assertThat(found(desk()))
        .extracting(Held::endpoint)
        .containsExactlyInAnyOrder(first, new Endpoint(user, "d", 2), new Endpoint(user, "d"), odd);
    Answer second = claim(first, B, "f5");
    assertThat(hint(A, first)).isEqualTo(second.epoch() + " " + B);
  }

  @Test
  @Requirement({"CLU-4", "DIA-9"})
  void aFlowOfADeviceIsReleasedAlone() throws Exception {
    String user = desk().addressOfRecord();
    Endpoint flow = new Endpoint(user, "d", 1);
    claim(flow, A, "f1");
    claim(new Endpoint(user, "d"), A, "f1");
    assertThat(await(store(A).release(flow, A, "f1", 0))).isTrue();
    assertThat(found(desk())).extracting(Held::endpoint).containsExactly(new Endpoint(user, "d"));
  }

  @Test
  @Requirement("CLU-7")
  void allNodesShareOneSecret() throws Exception {
    String secret = await(store(A).secret("proposal-of-a"));
    assertThat(await(store(B).secret("proposal-of-b"))).isEqualTo(secret);
  }
}
