package net.conmgmt.sip.internal.connection;

import org.jspecify.annotations.Nullable;

/**
 * Steps that wait for a thread, in the order of their arrival, whatever the order in which they are
 * added. Nothing here needs memory, so that no lack of it loses a step. Not thread-safe.
 */
final class Steps {

  /** The call of a step that belongs to none. */
  static final long NO_CALL = 0;

  /** Set in the number of a response, whose other bits are those of its call. */
  static final long RESPONSE = 1;

  /** A piece of work of a connection; in one list at a time. */
  static final class Step {
    private final Runnable work;
    private final int bytes;
    private final long call;
    private long arrival;
    private @Nullable Step next;

    /**
     * @param bytes what it holds until it has run
     * @param call the number of its call, or {@link #NO_CALL}
     */
    Step(Runnable work, int bytes, long call) {
      this.work = work;
      this.bytes = bytes;
      this.call = call;
    }

    /** Which number it has of all steps of its connection; before it is added anywhere. */
    void arrived(long number) {
      arrival = number;
    }

    Runnable work() {
      return work;
    }

    int bytes() {
      return bytes;
    }

    long call() {
      return call;
    }

    boolean isResponse() {
      return (call & RESPONSE) != 0;
    }

    boolean isOfCall(long other) {
      return (call | RESPONSE) == (other | RESPONSE);
    }
  }

  private @Nullable Step first;
  private @Nullable Step last;

  /** The first one, or null where none waits. */
  @Nullable Step first() {
    return first;
  }

  /** Puts it where it belongs, which nearly always is the end. */
  void add(Step step) {
    boolean isLast = last != null && last.arrival < step.arrival;
    insert(step, isLast ? last : null);
  }

  /** Puts it where it belongs behind {@code before}. */
  private void insert(Step step, @Nullable Step before) {
    Step previous = before;
    Step next = before == null ? first : before.next;
    while (next != null && next.arrival < step.arrival) {
      previous = next;
      next = next.next;
    }
    step.next = next;
    if (previous == null) {
      first = step;
    } else {
      previous.next = step;
    }
    if (next == null) {
      last = step;
    }
  }

  /** Takes the first one out; null where none waits. */
  @Nullable Step poll() {
    Step step = first;
    if (step != null) {
      first = step.next;
      step.next = null;
      last = first == null ? null : last;
    }
    return step;
  }

  /** Takes all out and puts each where it belongs in the others. */
  void moveAll(Steps others) {
    Step before = null;
    for (Step step = poll(); step != null; step = poll()) {
      others.insert(step, before);
      before = step;
    }
  }

  /** The same for the responses only. */
  void moveResponses(Steps others) {
    Step before = null;
    Step step = first;
    first = null;
    last = null;
    while (step != null) {
      Step next = step.next;
      if (step.isResponse()) {
        others.insert(step, before);
        before = step;
      } else {
        add(step);
      }
      step = next;
    }
  }
}
