package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** Several domains, one DHCP discovery. */
class SharedDhcpTest {

  private static final DhcpResult FOUND =
      new DhcpResult(List.of("a.t", "b.t"), List.of(), "", true);

  private final List<CompletableFuture<DhcpResult>> started = new ArrayList<>();
  private Scheduler scheduler = new VirtualScheduler();
  private final SharedDhcp dhcp =
      new SharedDhcp(
          () -> scheduler,
          s -> {
            started.add(new CompletableFuture<>());
            return started.get(started.size() - 1);
          });

  @Test
  void whoAsksMeanwhileSharesTheResult() {
    CompletableFuture<DhcpResult> first = dhcp.get();
    CompletableFuture<DhcpResult> second = dhcp.get();
    assertThat(started).hasSize(1);
    started.get(0).complete(FOUND);
    assertThat(first).isCompletedWithValue(FOUND);
    assertThat(second).isCompletedWithValue(FOUND);
    assertThat(dhcp.get()).isNotDone();
    assertThat(started).hasSize(2);
  }

  @Test
  void itIsCalledOffWhenTheLastOneNeedsItNoLonger() {
    CompletableFuture<DhcpResult> first = dhcp.get();
    CompletableFuture<DhcpResult> second = dhcp.get();
    first.cancel(false);
    first.cancel(false);
    assertThat(started.get(0)).isNotDone();
    assertThat(second).isNotDone();
    second.cancel(false);
    assertThat(started.get(0)).isCancelled();
  }

  @Test
  void oneThatWasCalledOffIsNotJoined() {
    dhcp.get().cancel(false);
    CompletableFuture<DhcpResult> next = dhcp.get();
    assertThat(started).hasSize(2);
    started.get(1).complete(FOUND);
    assertThat(next).isCompletedWithValue(FOUND);
  }

  @Test
  void oneOfAStackThatWasStoppedIsNotJoined() {
    CompletableFuture<DhcpResult> first = dhcp.get();
    scheduler = new VirtualScheduler();
    CompletableFuture<DhcpResult> next = dhcp.get();
    assertThat(started).hasSize(2);
    first.cancel(false);
    started.get(1).complete(FOUND);
    assertThat(next).isCompletedWithValue(FOUND);
  }
}
