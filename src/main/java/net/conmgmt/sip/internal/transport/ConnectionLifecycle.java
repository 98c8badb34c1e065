package net.conmgmt.sip.internal.transport;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the state of a connection, and the order in which others hear of its steps: the end comes
 * last, even if another thread closes the connection while a step is being told. Knows no socket
 * and no clock. Thread-safe; what is told runs outside its lock.
 */
final class ConnectionLifecycle {

  enum State {
    /** Nothing was sent yet, so nothing is connected. */
    IDLE,
    CONNECTING,
    /** TLS shakes hands. */
    SECURING,
    OPEN,
    CLOSED
  }

  // Changed under the lock of this.
  private volatile State state = State.IDLE;
  // Guarded by this: whether others are being told of a step, and what they are told after that.
  private boolean telling;
  private @Nullable Runnable end;

  State state() {
    return state;
  }

  boolean is(State asked) {
    return state == asked;
  }

  /** The next state, unless it is not the turn of {@code from}, because of the end for instance. */
  synchronized boolean advance(State from, State to) {
    if (state != from) {
      return false;
    }
    state = to;
    return true;
  }

  /** The same for a step that others are told of; {@link #tell} must follow, whatever fails. */
  synchronized boolean advanceAndTell(State from, State to) {
    if (!advance(from, to)) {
      return false;
    }
    telling = true;
    return true;
  }

  /** Whether it was not closed before. */
  synchronized boolean close() {
    boolean first = state != State.CLOSED;
    state = State.CLOSED;
    return first;
  }

  /** Tells of a step, and then of the end if that came meanwhile. */
  void tell(Runnable step) {
    try {
      step.run();
    } finally {
      Runnable last;
      synchronized (this) {
        telling = false;
        last = end;
      }
      if (last != null) {
        last.run();
      }
    }
  }

  /** Tells of the end, after the step that is being told. */
  void tellEnd(Runnable last) {
    synchronized (this) {
      if (telling) {
        end = last;
        return;
      }
    }
    last.run();
  }
}
