package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.FlowLookup;
import net.conmgmt.sip.FlowLookup.Outcome;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.internal.connection.FlowTokens;
import net.conmgmt.sip.internal.directory.MemoryStore;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

/** What connections tell the directory that two proxies share, and what it tells them. */
class SharedDirectoryTest {

  private static final String ALICE = "sip:alice@contoso.com";

  private final VirtualScheduler time = new VirtualScheduler();
  private final MemoryStore store = new MemoryStore(time);
  private final MemoryStore.Link linkOfA = store.link();
  private final FakeStack a = proxy(linkOfA, "a:5060");
  private final FakeStack b = proxy(store.link(), "b:5060");

  private FakeStack proxy(MemoryStore.Link link, String node) {
    FakeStack stack =
        new FakeStack(time, new Random(1), link, "ENDPOINT_DIRECTORY", "memory:", "NODE", node);
    stack.listener.stackStarts();
    time.advanceSeconds(1);
    return stack;
  }

  private void authenticate(FakeConnection connection, String nonce) {
    Registrations.authenticate(connection, nonce);
    settle();
  }

  private void settle() {
    time.advance(50_000_000);
  }

  private List<DirectoryEntry> found(FakeStack stack) {
    CompletableFuture<List<DirectoryEntry>> answer = stack.listener.directory().lookup(ALICE);
    settle();
    return answer.join();
  }

  private static FlowLookup follow(FakeStack stack, String flow) {
    return FlowTokens.of(stack.scope).find(flow);
  }

  @Test
  @Requirement("CLU-1")
  void anEndpointThatAuthenticatesAtAnotherProxyEndsItsOlderConnection() {
    FakeConnection older = a.proxy();
    authenticate(older, "n1");
    a.events();
    FakeConnection newer = b.proxy();
    authenticate(newer, "n2");
    assertThat(a.events())
        .containsExactly(
            "2 #1 moved desk to b:5060", "2 #1 removed desk REPLACED", "2 #1 closed REPLACED");
    assertThat(b.events()).containsExactly("1 #1 authenticated desk");
    assertThat(newer.isOpen()).isTrue();
    assertThat(found(a)).singleElement().extracting(DirectoryEntry::node).isEqualTo("b:5060");
  }

  @Test
  @Requirement("CLU-2")
  void everyProxyFindsTheConnectionAndOnlyItsHolderCanFollowTheFlow() {
    FakeConnection held = a.proxy();
    authenticate(held, "n1");
    DirectoryEntry entry = found(b).get(0);
    assertThat(entry.endpoint()).isEqualTo(FakeStack.DESK);
    assertThat(entry.node()).isEqualTo("a:5060");
    assertThat(entry.contact()).startsWith("sip:");
    assertThat(follow(a, entry.flow())).isEqualTo(new FlowLookup(Outcome.FOUND, held));
    assertThat(follow(b, entry.flow()).outcome()).isEqualTo(Outcome.FORGED);
  }

  @Test
  @Requirement("CLU-8")
  void aTokenLeadsNowhereOnceItsConnectionHasEndedAndCannotBeMadeUp() {
    FakeConnection held = a.proxy();
    authenticate(held, "n1");
    String flow = found(a).get(0).flow();
    for (int i = 0; i < flow.length(); i++) {
      char other = flow.charAt(i) == 'A' ? 'B' : 'A';
      String changed = flow.substring(0, i) + other + flow.substring(i + 1);
      assertThat(follow(a, changed).outcome()).as(changed).isEqualTo(Outcome.FORGED);
    }
    held.close("the test ends it");
    assertThat(follow(a, flow).outcome()).isEqualTo(Outcome.GONE);
    assertThat(found(b)).isEmpty();
  }

  @Test
  @Requirement("CLU-2")
  void whatIsTakenBackIsNoTargetAnyMoreButStillOneConnection() {
    FakeConnection older = a.proxy();
    authenticate(older, "n1");
    Registrations.register(older, 3, "Expires: 0");
    settle();
    assertThat(found(b)).singleElement().extracting(DirectoryEntry::contact).isEqualTo("");
    authenticate(b.proxy(), "n2");
    assertThat(older.isOpen()).isFalse();
  }

  @Test
  void anEndpointThatHasNotAuthenticatedIsFoundToo() {
    Registrations.register(a.proxy(), 1);
    settle();
    DirectoryEntry entry = found(b).get(0);
    assertThat(entry.authenticated()).isFalse();
    assertThat(entry.node()).isEqualTo("a:5060");
    Registrations.register(b.proxy(), 1);
    settle();
    assertThat(found(a)).singleElement().extracting(DirectoryEntry::node).isEqualTo("b:5060");
    assertThat(a.events()).containsExactly("2 #1 removed desk REPLACED");
  }

  @Test
  @Requirement("CLU-2")
  void anEndpointThatHasNotAuthenticatedAndTakesItsRegistrationBackIsFoundNowhere() {
    FakeConnection held = a.proxy();
    Registrations.register(held, 1);
    settle();
    assertThat(found(b)).hasSize(1);
    Registrations.register(held, 2, "Expires: 0");
    settle();
    assertThat(found(b)).isEmpty();
    assertThat(a.listener.status(held).endpoints()).isEmpty();
  }

  @Test
  @Requirement("CLU-2")
  void aRefreshWithAnotherContactIsSharedToo() {
    FakeConnection held = a.proxy();
    Registrations.register(held, 1, "Contact: <sip:192.0.2.1:5060>");
    Registrations.register(held, 2, "Contact: <sip:192.0.2.2:5060>");
    settle();
    assertThat(found(b))
        .singleElement()
        .extracting(DirectoryEntry::contact)
        .isEqualTo("sip:192.0.2.2:5060");
  }

  @Test
  @Requirement("CLU-1")
  void aSuccessThatLeavesBehindTheEndOfADisplacedConnectionEndsNoNewerOne() {
    FakeConnection older = a.proxy();
    authenticate(older, "n1");
    older.holdEnd();
    FakeConnection newer = b.proxy();
    authenticate(newer, "n2");
    assertThat(older.isOpen()).isFalse();
    Registrations.register(older, 3);
    time.advanceSeconds(1);
    older.tellEnd();
    assertThat(newer.isOpen()).isTrue();
    assertThat(found(a)).singleElement().extracting(DirectoryEntry::node).isEqualTo("b:5060");
  }

  @Test
  @Requirement("CLU-1")
  void whoHearsThatItHasMovedAwayMayComeBackAtOnce() {
    FakeConnection first = a.proxy();
    Registrations.register(first, 1);
    settle();
    a.registry
        .listeners()
        .add(
            new ConnectionManagementListener() {
              @Override
              public void endpointRemoved(
                  ManagedConnection connection, Endpoint endpoint, CloseReason reason) {
                Registrations.register(first, 2);
              }
            });
    FakeConnection second = b.proxy();
    Registrations.register(second, 1);
    settle();
    assertThat(a.listener.status(first).endpoints()).containsExactly(FakeStack.DESK);
    assertThat(found(b)).singleElement().extracting(DirectoryEntry::node).isEqualTo("a:5060");
  }

  @Test
  @Requirement("CLU-1")
  void newsOfAMoveCountOnlyForTheConnectionThatHasTheEndpoint() {
    FakeConnection first = a.proxy();
    FakeConnection second = a.proxy();
    Registrations.register(first, 1);
    a.listener.moved(second, FakeStack.DESK, false, "b:5060");
    Registrations.register(second, 1);
    a.listener.moved(first, FakeStack.DESK, false, "b:5060");
    assertThat(a.events()).as("it is not the newest one").isEmpty();
    assertThat(a.listener.status(first).endpoints()).isEmpty();
    assertThat(a.listener.status(second).endpoints()).containsExactly(FakeStack.DESK);
    a.listener.moved(second, FakeStack.DESK, false, "b:5060");
    assertThat(a.events()).containsExactly("2 #2 removed desk REPLACED");
    assertThat(a.listener.status(second).endpoints()).isEmpty();
  }

  @Test
  @Requirement("CLU-1")
  void whereTheNewerProxyIsNotKnownTheEndSaysAnother() {
    FakeConnection held = a.proxy();
    authenticate(held, "n1");
    a.events();
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.INFO)) {
      a.listener.moved(held, FakeStack.DESK, true, "");
      assertThat(log.lines()).singleElement().asString().endsWith("authenticated at another proxy");
    }
  }

  @Test
  @Requirement("CLU-3")
  void aProxyThatStopsLeavesNothingInTheDirectory() {
    authenticate(a.proxy(), "n1");
    a.listener.shutdown();
    time.advanceSeconds(10);
    assertThat(found(b)).isEmpty();
  }

  @Test
  @Requirement("CLU-6")
  void aProxyThatIsCutOffRegistersItsClientsAsBefore() {
    linkOfA.cut();
    FakeConnection alone = a.proxy();
    authenticate(alone, "n1");
    assertThat(a.events()).containsExactly("2 #1 authenticated desk");
    assertThat(found(a)).singleElement().extracting(DirectoryEntry::node).isEqualTo("a:5060");
    assertThat(found(b)).isEmpty();
    FakeConnection again = a.proxy();
    authenticate(again, "n2");
    assertThat(alone.isOpen()).isFalse();
    time.advanceSeconds(20);
    linkOfA.heal();
    time.advanceSeconds(1);
    assertThat(found(b)).singleElement().extracting(DirectoryEntry::node).isEqualTo("a:5060");
  }

  @Test
  @Requirement("CLU-7")
  void aNonceOfOneProxyAuthenticatesAtAnother() {
    String nonce = a.listener.directory().nonces().issue();
    assertThat(b.listener.directory().nonces().ageOf(nonce)).isPresent();
    Registrations.register(b.proxy(), 1, Registrations.credentials(nonce));
    assertThat(b.events()).containsExactly("1 #1 authenticated desk");
    Registrations.register(b.proxy(), 1, Registrations.credentials(nonce.substring(1) + "A"));
    assertThat(b.events()).isEmpty();
  }

  @Test
  @Requirement("CLU-7")
  void aSecretThatTheStoreHasLostIsSharedAgain() {
    store.forgetSecret();
    FakeStack c = proxy(store.link(), "c:5060");
    String nonce = c.listener.directory().nonces().issue();
    time.advanceSeconds(64);
    assertThat(a.listener.directory().nonces().ageOf(nonce)).isPresent();
    String older = a.listener.directory().nonces().issue();
    assertThat(c.listener.directory().nonces().ageOf(older)).isPresent();
  }

  @Test
  void theApplicationsWordIsSharedAsWell() {
    FakeConnection held = a.proxy();
    CompletableFuture<EndpointDirectory.Claimed> claimed =
        a.listener
            .directory()
            .claim(
                new Endpoint(ALICE, "x"),
                held,
                "sip:alice@192.0.2.7",
                java.time.Duration.ofMinutes(1));
    settle();
    assertThat(claimed.join().granted()).isTrue();
    assertThat(found(b))
        .singleElement()
        .extracting(DirectoryEntry::contact)
        .isEqualTo("sip:alice@192.0.2.7");
    FakeConnection newer = b.proxy();
    b.listener.authenticated(newer, new Endpoint(ALICE, "x"));
    settle();
    assertThat(held.isOpen()).isFalse();
  }

  @Test
  @Requirement("CLU-5")
  void aProxyOnItsOwnFindsItsEndpointsInMemory() {
    FakeStack single = new FakeStack();
    FakeConnection desk = single.proxy();
    Registrations.register(desk, 1);
    EndpointDirectory directory = single.listener.directory();
    DirectoryEntry entry = directory.lookup(ALICE + ";transport=tcp").join().get(0);
    assertThat(entry.endpoint()).isEqualTo(FakeStack.DESK);
    assertThat(follow(single, entry.flow()).connection()).isSameAs(desk);
    assertThat(directory.status().shared()).isFalse();
    assertThat(directory.status().held()).isEqualTo(1);
    single.closeAndExpectNothingLeft();
    assertThat(directory.lookup(ALICE).join()).isEmpty();
  }

  @Test
  @Requirement("CLU-5")
  void whoeverAsksADirectoryThatDoesNotAnswerWaitsNoLongerThanTheBound() {
    authenticate(a.proxy(), "n1");
    linkOfA.hang();
    CompletableFuture<List<DirectoryEntry>> answer = a.listener.directory().lookup(ALICE);
    time.advance(999_000_000);
    assertThat(answer).isNotDone();
    time.advance(1_000_000);
    assertThat(answer.join()).singleElement().extracting(DirectoryEntry::node).isEqualTo("a:5060");
    assertThat(a.listener.directory().lookup(ALICE)).as("once it is known to hang").isDone();
  }
}
