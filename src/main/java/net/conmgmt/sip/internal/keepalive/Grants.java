package net.conmgmt.sip.internal.keepalive;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.internal.connection.Rhythm;

/**
 * What is granted on one connection, in all dialects: a bounded number, as a client may register
 * and call many. Instants in nanoseconds. Not thread-safe.
 */
final class Grants {

  /** More registrations and dialogs than this at once say nothing new. */
  private static final int MOST = 64;

  /** A registration may outlast what is granted for it by no more than a scale can hold. */
  private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(10_000);

  private record Held(Grant grant, long endNanos) {
    boolean ends() {
      return grant.lifetimeSeconds() > 0;
    }
  }

  // Few; oldest first.
  private final List<Held> held = new ArrayList<>(1);

  boolean isEmpty() {
    return held.isEmpty();
  }

  boolean has(KeepAliveDialect dialect) {
    for (int i = 0; i < held.size(); i++) {
      if (held.get(i).grant().dialect() == dialect) {
        return true;
      }
    }
    return false;
  }

  /**
   * Takes one in, in place of that with the same basis.
   *
   * @return whether it says something new: the first one in its dialect, or another T
   */
  boolean put(Grant grant, long nowNanos) {
    boolean isNew = true;
    for (Held old : held) {
      isNew &=
          old.grant().dialect() != grant.dialect()
              || old.grant().timeoutSeconds() != grant.timeoutSeconds();
    }
    remove(old -> old.dialect() == grant.dialect() && old.basis().equals(grant.basis()));
    if (held.size() == MOST) {
      held.remove(0);
    }
    long lifetime = TimeUnit.SECONDS.toNanos(grant.lifetimeSeconds());
    held.add(new Held(grant, nowNanos + Math.min(lifetime, LONGEST_NANOS)));
    return isNew;
  }

  /** Takes those out of which that holds; gives whether there were any. */
  boolean remove(Predicate<Grant> condition) {
    return held.removeIf(one -> condition.test(one.grant()));
  }

  /** Takes out what has ended by now. */
  boolean removeEnded(long nowNanos) {
    return held.removeIf(one -> one.ends() && one.endNanos() - nowNanos <= 0);
  }

  /** Whether anything ends by itself. */
  boolean anyEnds() {
    return held.stream().anyMatch(Held::ends);
  }

  /** When the first ends, where any does. */
  long firstEndNanos(long nowNanos) {
    return nowNanos
        + held.stream()
            .filter(Held::ends)
            .mapToLong(one -> one.endNanos() - nowNanos)
            .min()
            .orElse(0);
  }

  /** A keep-alive at whichever is due first. */
  Rhythm rhythm() {
    Rhythm all = Rhythm.NONE;
    for (Held one : held) {
      all = all.and(one.grant().rhythm());
    }
    return all;
  }

  /** For a person or a program that asks. */
  List<KeepAliveGrant> snapshot() {
    return held.stream()
        .map(one -> new KeepAliveGrant(one.grant().dialect(), one.grant().timeoutSeconds()))
        .distinct()
        .sorted(java.util.Comparator.comparing(KeepAliveGrant::dialect))
        .toList();
  }
}
