package net.conmgmt.sip.internal.connection;

import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.internal.time.Scheduler;

/** The refresh timer (3.4.2) and the pong timer of a connection that this side opened. */
public final class ClientTimers extends ConnectionTimers {

  /** What the timers bring about. None of the calls holds a lock. */
  public interface Effects {
    /** Nothing was sent for two thirds of T. Told again after each such period. */
    default void refreshDue() {}

    /** A peer that has answered a keep-alive did not answer this one. Told once. */
    default void pongTimerFired() {}
  }

  private static final int REFRESH_DUE = 1;
  private static final int PONG_DUE = 2;

  private final Effects effects;

  // Below: guarded by this.
  private int refreshSeconds;
  // When it was agreed on or was last due.
  private long refreshStartNanos;
  // A keep-alive waits for its answer; whether that has an end depends on whether the peer answers.
  private boolean pongOpen;
  private boolean peerAnswers;
  private int pongSeconds;
  private long pongStartNanos;

  /** Timers of a connection with that traffic; none runs yet. */
  public ClientTimers(Scheduler scheduler, Traffic traffic, Effects effects) {
    super(scheduler, traffic);
    this.effects = effects;
  }

  /**
   * Negotiated; from now on, or anew with this T.
   *
   * @return whether this T is news
   */
  public synchronized boolean startRefresh(int timeoutSeconds) {
    if (isStopped()) {
      return false;
    }
    int former = refreshSeconds;
    refreshSeconds = Math.max(1, timeoutSeconds);
    refreshStartNanos = now();
    arm();
    return refreshSeconds != former;
  }

  /**
   * A keep-alive is about to be sent. If the peer has ever answered one within that time, it must
   * do so again; 0 is no limit. A keep-alive that is unanswered already keeps its deadline.
   */
  public synchronized void keepAliveSent(int pongSeconds) {
    if (isStopped() || awaitsPong()) {
      return;
    }
    pongOpen = true;
    this.pongSeconds = Math.max(OFF, pongSeconds);
    pongStartNanos = now();
    arm();
  }

  /**
   * The peer answered. Without a keep-alive that waits for it this means nothing, and too late it
   * is no answer: a peer that never answers may end its messages with one CR LF more.
   */
  public synchronized void keepAliveAnswered() {
    peerAnswers |= pongOpen && pongSeconds != OFF && pongDeadline() - now() >= 0;
    pongOpen = false;
  }

  @Override
  int takeDue(long now) {
    int due = 0;
    if (awaitsPong() && pongDeadline() - now <= 0) {
      pongOpen = false;
      peerAnswers = false;
      due |= PONG_DUE;
    }
    if (refreshSeconds != OFF && refreshDeadline() - now <= 0) {
      // Even if the keep-alive cannot be sent, the next one is due a whole period later.
      refreshStartNanos = now;
      due |= REFRESH_DUE;
    }
    return due;
  }

  @Override
  void tell(int due) {
    if ((due & PONG_DUE) != 0) {
      effects.pongTimerFired();
    }
    if ((due & REFRESH_DUE) != 0) {
      effects.refreshDue();
    }
  }

  @Override
  long nanosToNext(long now) {
    long refresh = refreshSeconds != OFF ? refreshDeadline() - now : NEVER;
    long pong = awaitsPong() ? pongDeadline() - now : NEVER;
    return Math.min(refresh, pong);
  }

  @Override
  RemainingTimes remaining(long now) {
    return new RemainingTimes(
        RemainingTimes.OFF,
        RemainingTimes.OFF,
        RemainingTimes.OFF,
        refreshSeconds != OFF ? toMillis(refreshDeadline() - now) : RemainingTimes.OFF,
        awaitsPong() ? toMillis(pongDeadline() - now) : RemainingTimes.OFF,
        toMillis(refreshPeriod()));
  }

  private long refreshDeadline() {
    return later(refreshStartNanos, lastSentNanos()) + refreshPeriod();
  }

  /** Two thirds of T, without an intermediate result that is too large. */
  private long refreshPeriod() {
    long nanos = toNanos(refreshSeconds);
    return nanos / 3 * 2 + nanos % 3 * 2 / 3;
  }

  private boolean awaitsPong() {
    return pongOpen && peerAnswers && pongSeconds != OFF;
  }

  private long pongDeadline() {
    return pongStartNanos + toNanos(pongSeconds);
  }

  /** The connection, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(effects);
  }
}
