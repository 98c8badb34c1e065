package net.conmgmt.sip.internal.connection;

import org.jspecify.annotations.Nullable;

/**
 * Steps that wait for a thread, in their order. Moving all of them takes no time that grows with
 * their number, as each is linked to the next. Not thread-safe.
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

  void add(Step step) {
    step.next = null;
    if (last == null) {
      first = step;
    } else {
      last.next = step;
    }
    last = step;
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

  /** Takes all out. */
  Steps takeAll() {
    Steps all = new Steps();
    all.addFirst(this);
    first = null;
    last = null;
    return all;
  }

  /** Puts the others, which are not used any more, before those that wait. */
  void addFirst(Steps others) {
    if (others.last == null) {
      return;
    }
    others.last.next = first;
    last = last == null ? others.last : last;
    first = others.first;
  }
}
