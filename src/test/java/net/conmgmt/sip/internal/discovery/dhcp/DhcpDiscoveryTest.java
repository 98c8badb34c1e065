package net.conmgmt.sip.internal.discovery.dhcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the discovery ends, and with what; in virtual time. */
class DhcpDiscoveryTest {

  private static final long SECOND = 1_000_000_000L;

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - SECOND);
  private final FakeLink eth0 = new FakeLink("eth0", 1);
  private final FakeLink eth1 = new FakeLink("eth1", 2);

  @Requirement("DISC-4")
  @Test
  void everyLinkIsAskedWithItsOwnAddresses() {
    assertThat(start(1)).isNotDone();
    assertThat(eth0.sent)
        .containsExactly(DhcpMessages.inform(eth0.xid(), eth0.address(), eth0.hardwareAddress()));
    assertThat(eth1.sent)
        .containsExactly(DhcpMessages.inform(eth1.xid(), eth1.address(), eth1.hardwareAddress()));
    assertThat(eth0.xid()).isNotEqualTo(eth1.xid());
  }

  @Requirement("DISC-4")
  @Test
  void theFirstAnswerWithTwoNamesEndsItAndCancelsTheTimer() {
    CompletableFuture<DhcpResult> result = start(1);
    eth1.answer("a.contoso.com", "b.contoso.com", "c.contoso.com");
    assertThat(result).isNotDone();
    eth0.answer("d.contoso.com", "e.contoso.com");
    time.advance(0);
    assertThat(now(result).names()).containsExactlyInAnyOrder("a.contoso.com", "b.contoso.com");
    assertThat(now(result)).returns("DHCPACK on eth1", DhcpResult::detail);
    assertThat(now(result).rejected())
        .containsExactly("c.contoso.com: after the first two ([MS-CONMGMT] 3.1.5)");
    assertThat(now(result).asked()).isTrue();
    assertThat(time.pendingTasks()).isZero();
    assertThat(eth0.closed && eth1.closed).isTrue();
  }

  @Requirement("DISC-4")
  @Test
  void theOrderOfTheTwoIsRandom() {
    Set<List<String>> orders = new HashSet<>();
    int first = 0;
    for (int seed = 0; seed < 1_000; seed++) {
      eth0.sent.clear();
      eth1.sent.clear();
      CompletableFuture<DhcpResult> result = start(seed);
      eth0.answer("a.contoso.com", "b.contoso.com");
      time.advance(0);
      orders.add(now(result).names());
      first += now(result).names().get(0).startsWith("a") ? 1 : 0;
    }
    assertThat(orders).hasSize(2);
    assertThat(first).isBetween(400, 600);
  }

  @Requirement("DISC-4")
  @Test
  void withoutTwoNamesItEndsEmptyWhenTheTimerFires() {
    CompletableFuture<DhcpResult> result = start(1);
    eth0.answer("a.contoso.com");
    eth1.answer("b.contoso.com", "B.contoso.com");
    time.advance(5 * SECOND - 1);
    assertThat(result).isNotDone();
    assertThat(eth0.closed || eth1.closed).isFalse();
    time.advance(1);
    assertThat(now(result).names()).isEmpty();
    assertThat(now(result).detail())
        .isEqualTo(
            "no DHCPACK with two names within 5 s; asked on eth0, eth1; answers with fewer names:"
                + " eth0 [a.contoso.com], eth1 [b.contoso.com]");
    assertThat(now(result).rejected())
        .containsExactly(
            "a.contoso.com: not two names in one answer ([MS-CONMGMT] 3.1.5)",
            "b.contoso.com: not two names in one answer ([MS-CONMGMT] 3.1.5)");
    assertThat(time.pendingTasks()).isZero();
    assertThat(eth0.closed && eth1.closed).isTrue();
  }

  /** The name as plain text is the mistake that is made most. */
  @Test
  void anAnswerThatIsMalformedIsReportedOnceWithTheReason() {
    CompletableFuture<DhcpResult> result = start(1);
    byte[] options = DhcpReplies.hex("35 01 05 78 06 73 69 70 2E 61 62 FF");
    for (int i = 0; i < 2; i++) {
      eth0.deliver(DhcpReplies.reply(eth0.xid(), eth0.hardwareAddress(), options));
    }
    time.advance(5 * SECOND);
    assertThat(now(result).names()).isEmpty();
    assertThat(now(result).rejected())
        .containsExactly("eth0: malformed answer: option 120: expected encoding 0 or 1, found 115");
    eth0.deliver(DhcpReplies.reply(eth0.xid(), eth0.hardwareAddress(), options));
    time.advance(0);
    assertThat(now(result).rejected()).hasSize(1);
  }

  @Test
  void whatAServerRepeatsIsReportedOnce() {
    CompletableFuture<DhcpResult> result = start(1);
    eth0.answer("a.contoso.com");
    time.advance(5 * SECOND - 1);
    assertThat(eth0.sent).hasSize(2);
    eth0.answer("a.contoso.com");
    time.advance(1);
    assertThat(now(result).rejected())
        .containsExactly("a.contoso.com: not two names in one answer ([MS-CONMGMT] 3.1.5)");
  }

  @Requirement("DISC-4")
  @Test
  void answersToOthersAndOtherMessagesAreIgnored() {
    CompletableFuture<DhcpResult> result = start(1);
    String[] names = {"a.contoso.com", "b.contoso.com"};
    eth0.deliver(DhcpReplies.ackOf(eth0.xid() + 1, eth0.hardwareAddress(), names));
    eth0.deliver(DhcpReplies.ackOf(eth0.xid(), eth1.hardwareAddress(), names));
    eth0.deliver(DhcpReplies.ackOf(eth1.xid(), eth1.hardwareAddress(), names));
    byte[] offer = DhcpReplies.ackOf(eth0.xid(), eth0.hardwareAddress(), names);
    offer[242] = 2;
    eth0.deliver(offer);
    for (byte[] malformed :
        List.of(
            DhcpReplies.ackOf(eth0.xid() + 1, eth0.hardwareAddress(), names),
            DhcpReplies.ackOf(eth0.xid(), eth1.hardwareAddress(), names))) {
      malformed[244] = 9;
      eth0.deliver(malformed);
    }
    eth0.deliver(new byte[0]);
    assertThat(time.pendingTasks()).as("only the timer and the repetition").isEqualTo(2);
    time.advance(SECOND);
    assertThat(result).isNotDone();
    eth0.answer(names);
    time.advance(0);
    assertThat(now(result).names()).hasSize(2);
  }

  @Requirement("DISC-4")
  @Test
  void theTimerIsNotDisturbedByAnAnswerThatCarriesOnlyAddresses() {
    CompletableFuture<DhcpResult> result = start(1);
    byte[] options = DhcpReplies.hex("35 01 05 78 09 01 C0 00 02 01 C0 00 02 02 FF");
    eth0.deliver(DhcpReplies.reply(eth0.xid(), eth0.hardwareAddress(), options));
    time.advance(5 * SECOND);
    assertThat(now(result).names()).isEmpty();
    assertThat(now(result).rejected())
        .containsExactly(
            "192.0.2.1: an address, only names are used ([MS-CONMGMT] 3.1.5)",
            "192.0.2.2: an address, only names are used ([MS-CONMGMT] 3.1.5)");
  }

  @Requirement("DISC-4")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theSameRequestIsSentOnceMoreAfterAboutFourSeconds(long seed) {
    CompletableFuture<DhcpResult> result = start(seed);
    time.advance(DhcpDiscovery.EARLIEST_REPEAT_NANOS - 1);
    assertThat(eth0.sent).hasSize(1);
    eth1.refusal = new IOException("Network is down");
    time.advance(DhcpDiscovery.LATEST_REPEAT_NANOS - DhcpDiscovery.EARLIEST_REPEAT_NANOS);
    assertThat(eth0.sent).hasSize(2);
    assertThat(eth0.sent.get(1)).isEqualTo(eth0.sent.get(0));
    assertThat(eth1.sent).hasSize(1);
    time.advance(1);
    assertThat(now(result).names()).isEmpty();
  }

  @Test
  void theRepetitionsOfManyClientsAreSpread() {
    Set<Long> instants = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      eth0.sent.clear();
      CompletableFuture<DhcpResult> result = start(seed);
      long begin = time.nanoTime();
      for (int i = 0; i < 5_000 && eth0.sent.size() < 2; i++) {
        time.advance(SECOND / 1_000);
      }
      assertThat(eth0.sent).hasSize(2);
      instants.add(time.nanoTime() - begin);
      result.cancel(false);
    }
    assertThat(instants).hasSizeGreaterThan(15);
  }

  @Test
  void whatIsDoneIsNotAskedAgain() {
    CompletableFuture<DhcpResult> result = start(1);
    eth0.answer("a.contoso.com", "b.contoso.com");
    time.advance(5 * SECOND);
    assertThat(now(result).names()).hasSize(2);
    assertThat(eth0.sent).hasSize(1);
  }

  @Requirement("DISC-5")
  @Test
  void withoutPermissionItIsCompleteAtOnce() {
    CompletableFuture<DhcpResult> result =
        DhcpDiscovery.start(
            time,
            new Random(1),
            () -> new DhcpLinks.Opened(List.of(), List.of("eth0: port 68: Permission denied")));
    assertThat(now(result).names()).isEmpty();
    assertThat(now(result).asked()).isFalse();
    assertThat(now(result).detail())
        .isEqualTo(
            "the DHCP client port cannot be used: eth0: port 68: Permission denied. Port 68 needs"
                + " root or CAP_NET_BIND_SERVICE");
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void withoutAnyInterfaceItIsCompleteAtOnce() {
    CompletableFuture<DhcpResult> result =
        DhcpDiscovery.start(time, new Random(1), () -> new DhcpLinks.Opened(List.of(), List.of()));
    assertThat(now(result).asked()).isFalse();
    assertThat(now(result).detail()).startsWith("no network interface is up");
  }

  @Test
  void aLinkThatCannotSendIsClosedAndTheOthersGoOn() {
    eth0.refusal = new IOException("Network is unreachable");
    CompletableFuture<DhcpResult> result = start(1);
    assertThat(eth0.closed).isTrue();
    eth1.answer("a.contoso.com", "b.contoso.com");
    time.advance(0);
    assertThat(now(result).names()).hasSize(2);
    eth1.refusal = new IOException("Operation not permitted");
    assertThat(now(start(1)).detail())
        .contains("eth0: DHCPINFORM was not sent: Network is unreachable; eth1: ");
  }

  @Test
  void whoeverCancelsItClosesTheLinks() {
    start(1).cancel(false);
    assertThat(eth0.closed && eth1.closed).isTrue();
    assertThat(time.pendingTasks()).isZero();
    eth0.answer("a.contoso.com", "b.contoso.com");
    time.advance(0);
  }

  private CompletableFuture<DhcpResult> start(long seed) {
    return DhcpDiscovery.start(
        time, new Random(seed), () -> new DhcpLinks.Opened(List.of(eth0, eth1), List.of()));
  }

  /** What a future holds; in virtual time it must be complete by now, or never will be. */
  private static DhcpResult now(CompletableFuture<DhcpResult> future) {
    assertThat(future).isCompleted();
    return future.join();
  }
}
