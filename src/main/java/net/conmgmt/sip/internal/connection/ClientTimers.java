package net.conmgmt.sip.internal.connection;

import java.util.random.RandomGenerator;
import net.conmgmt.sip.RemainingTimes;

/**
 * The timers of a connection that this side opened: the refresh timer ([MS-CONMGMT] 3.4.2, RFC 5626
 * section 4.4), the pong timer, and the end of what was negotiated on it.
 */
public final class ClientTimers extends ConnectionTimers {

  /** What the timers bring about. None of the calls holds a lock. */
  public interface Effects {
    /** A keep-alive is due. Told again after each further period. */
    default void refreshDue() {}

    /** A peer that has to answer keep-alives did not answer this one. Told once. */
    default void pongTimerFired() {}

    /** Something that was agreed on has ended. Told once for each {@link #endAt}. */
    default void agreementEnds() {}
  }

  private static final long JUST_NOW_NANOS = 1_000_000_000L;

  private static final int REFRESH_DUE = 1;
  private static final int PONG_DUE = 2;
  private static final int END_DUE = 4;

  private final Effects effects;
  private final RandomGenerator random;
  private volatile long lastInsideMessageNanos;

  // Below: guarded by this.
  private Rhythm rhythm = Rhythm.NONE;
  // When it was agreed on or was last due.
  private long refreshStartNanos;
  // When the last keep-alive left, or the rhythm began that has a time between two of them.
  private long beatStartNanos;
  // Drawn anew after each keep-alive.
  private long beatNanos;
  private boolean ends;
  private long endNanos;
  // A keep-alive waits for its answer; whether that has an end depends on whether the peer answers.
  private boolean pongOpen;
  private boolean peerAnswers;
  private int pongSeconds;
  private long pongStartNanos;

  /** Timers of a connection with that traffic; none runs yet. */
  public ClientTimers(Traffic traffic, Effects effects, RandomGenerator random) {
    super(traffic);
    this.effects = effects;
    this.random = random;
    lastInsideMessageNanos = now();
  }

  /** Keep-alives are due in this rhythm from now on. */
  public synchronized void follow(Rhythm agreed) {
    if (isStopped()) {
      return;
    }
    if (rhythm.silenceNanos() == 0) {
      // A renewal is nothing that was sent: the silence before it goes on.
      refreshStartNanos = now();
    }
    if (agreed.mostNanos() != rhythm.mostNanos() || agreed.leastNanos() != rhythm.leastNanos()) {
      // One that was under way goes on, as the peer counts from the last keep-alive.
      beatStartNanos = rhythm.mostNanos() == 0 ? now() : beatStartNanos;
      rhythm = agreed;
      drawBeat();
    }
    rhythm = agreed;
    arm();
  }

  /** Tells {@link Effects#agreementEnds} at that instant, and at no other that was said before. */
  public synchronized void endAt(long nanos) {
    if (!isStopped()) {
      ends = true;
      endNanos = nanos;
      arm();
    }
  }

  /** Nothing that was agreed on ends by itself any more. */
  public synchronized void endsNever() {
    ends = false;
    if (!isStopped()) {
      arm();
    }
  }

  /**
   * The machine slept: a keep-alive is due now if there are any, as it is not known what became of
   * the connection. What has just been sent shows that as well.
   */
  public void woken() {
    boolean due;
    synchronized (this) {
      due = !isStopped() && rhythm.isOn() && now() - lastSentNanos() >= JUST_NOW_NANOS;
    }
    if (due) {
      effects.refreshDue();
    }
  }

  /**
   * A keep-alive is about to be sent. If the peer has to answer, it must do so within that time; 0
   * is no limit. A keep-alive that is unanswered already keeps its deadline.
   */
  public synchronized void keepAliveSent(int pongSeconds) {
    if (isStopped()) {
      return;
    }
    beatStartNanos = now();
    drawBeat();
    if (!awaitsPong()) {
      pongOpen = true;
      this.pongSeconds = Math.max(OFF, pongSeconds);
      pongStartNanos = now();
    }
    arm();
  }

  private void drawBeat() {
    long least = rhythm.leastNanos();
    long most = rhythm.mostNanos();
    beatNanos = least < most ? random.nextLong(least, most) : most;
  }

  /**
   * The peer answered. Without a keep-alive that waits for it this means nothing, and too late it
   * is no answer: a peer that never answers may end its messages with one CR LF more.
   *
   * @param proof whether it can be nothing but an answer; else it ends the waiting and teaches
   *     nothing
   */
  public synchronized void keepAliveAnswered(boolean proof) {
    peerAnswers |= proof && pongOpen && pongSeconds != OFF && pongDeadline() - now() >= 0;
    pongOpen = false;
  }

  /** Bytes of a message arrived now that does not come in one piece. */
  public void insideMessage() {
    lastInsideMessageNanos = now();
  }

  @Override
  int takeDue(long now) {
    int due = 0;
    if (awaitsPong() && pongDeadline() - now <= 0) {
      pongOpen = false;
      peerAnswers = false;
      due |= PONG_DUE;
    }
    if (rhythm.isOn() && nanosToRefresh(now) <= 0) {
      // Even if the keep-alive cannot be sent, the next one is due a whole period later.
      refreshStartNanos = now;
      beatStartNanos = now;
      due |= REFRESH_DUE;
    }
    if (ends && endNanos - now <= 0) {
      ends = false;
      due |= END_DUE;
    }
    return due;
  }

  @Override
  void tell(int due) {
    if ((due & PONG_DUE) != 0) {
      effects.pongTimerFired();
    }
    if ((due & END_DUE) != 0) {
      effects.agreementEnds();
    }
    if ((due & REFRESH_DUE) != 0) {
      effects.refreshDue();
    }
  }

  @Override
  long nanosToNext(long now) {
    long refresh = rhythm.isOn() ? nanosToRefresh(now) : NEVER;
    long pong = awaitsPong() ? pongDeadline() - now : NEVER;
    long end = ends ? endNanos - now : NEVER;
    return Math.min(refresh, Math.min(pong, end));
  }

  @Override
  RemainingTimes remaining(long now) {
    return new RemainingTimes(
        RemainingTimes.OFF,
        RemainingTimes.OFF,
        RemainingTimes.OFF,
        rhythm.isOn() ? toMillis(nanosToRefresh(now)) : RemainingTimes.OFF,
        awaitsPong() ? toMillis(pongDeadline() - now) : RemainingTimes.OFF,
        toMillis(rhythm.longestNanos()));
  }

  /** Only where the rhythm is on. */
  private long nanosToRefresh(long now) {
    long silence =
        rhythm.silenceNanos() > 0
            ? later(refreshStartNanos, lastSentNanos()) + rhythm.silenceNanos() - now
            : NEVER;
    long beat = rhythm.mostNanos() > 0 ? beatStartNanos + beatNanos - now : NEVER;
    return Math.min(silence, beat);
  }

  private boolean awaitsPong() {
    return pongOpen && (peerAnswers || rhythm.answerDemanded()) && pongSeconds != OFF;
  }

  /** A message that is arriving holds the answer up (RFC 5626 section 4.4.1). */
  private long pongDeadline() {
    return withPatience(later(pongStartNanos, lastInsideMessageNanos) + toNanos(pongSeconds));
  }

  /** The connection, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(effects);
  }
}
