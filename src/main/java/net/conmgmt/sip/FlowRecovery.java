package net.conmgmt.sip;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Computes how long a client waits before it registers again where SIP outbound is in force (RFC
 * 5626 section 4.5): a random time between half and all of min(1800 s, base · 2^n), so that a proxy
 * that restarts is not overrun. Pure functions.
 */
public final class FlowRecovery {

  private static final long LONGEST_SECONDS = 1_800;
  private static final long BASE_ALL_FAILED_SECONDS = 30;
  private static final long BASE_SECONDS = 90;

  private FlowRecovery() {}

  /**
   * The time to wait.
   *
   * @param failures how many attempts to register this flow have failed since it last worked: 1
   *     after the first failure, so that 30 to 60 s are waited where all flows have failed. A flow
   *     has worked once it is registered and a keep-alive was answered on it; the loss of such a
   *     flow is no failure, and needs no wait
   * @param allFlowsFailed whether no other flow of the client works
   * @param retryAfter what the last refusal asked for in Retry-After; zero where it asked for
   *     nothing
   */
  public static Duration delay(
      int failures, boolean allFlowsFailed, Duration retryAfter, RandomGenerator random) {
    long base = allFlowsFailed ? BASE_ALL_FAILED_SECONDS : BASE_SECONDS;
    // Six doublings of either are more than the longest time.
    int doublings = Math.max(0, Math.min(failures, 6));
    long mostMillis = Math.min(LONGEST_SECONDS, base << doublings) * 1_000;
    Duration drawn = Duration.ofMillis(random.nextLong(mostMillis / 2, mostMillis + 1));
    return drawn.compareTo(retryAfter) < 0 ? retryAfter : drawn;
  }
}
