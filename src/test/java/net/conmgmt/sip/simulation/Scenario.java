package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * What a seed stands for in large: how many take part, how long, and what goes wrong when. All that
 * is small is drawn while it happens.
 */
record Scenario(long seed, int clients, int proxies, long nanos, List<Fault> faults) {

  /** Something that goes wrong. */
  record Fault(Kind kind, long atNanos, int victim, long nanos) {
    @Override
    public String toString() {
      return String.format(
          "%s of #%d at %.1f s for %.1f s", kind, victim, atNanos / 1e9, nanos / 1e9);
    }
  }

  enum Kind {
    /** The process does not run for a while, as in a long collection or in sleep. */
    FROZEN,
    /** Nothing arrives from or at the machine for a while. */
    UNREACHABLE,
    /** The process is killed and started again. */
    KILLED,
    /** The machine loses its power and comes back. */
    POWER_CUT,
    /** The stack is stopped and started again. */
    RESTARTED,
    /** One connection is reset from outside. */
    RESET,
    /** The application closes one connection. */
    CLOSED,
    /** The application says that the network has changed. */
    NETWORK_CHANGED
  }

  Scenario {
    faults = List.copyOf(faults);
  }

  Scenario with(int otherClients, int otherProxies, long otherNanos, List<Fault> otherFaults) {
    return new Scenario(
        seed,
        otherClients,
        otherProxies,
        otherNanos,
        otherFaults.stream().filter(fault -> fault.atNanos() < otherNanos).toList());
  }

  static Scenario of(long seed) {
    Dice dice = new Dice(seed * 0x9E3779B97F4A7C15L + 1);
    int clients = dice.between(1, 3);
    int proxies = dice.between(1, 2);
    // Where steps are interleaved, much happens in a short time.
    long nanos = dice.nanos(40, 300) / (Interleaving.isOn() ? 8 : 1);
    List<Fault> faults = new ArrayList<>();
    int count = dice.below(8);
    for (int i = 0; i < count; i++) {
      faults.add(
          new Fault(
              dice.of(Kind.values()),
              dice.nextLong(nanos),
              dice.below(clients + proxies),
              dice.chance(70) ? dice.nanos(0, 10) : dice.nanos(10, 120)));
    }
    return new Scenario(seed, clients, proxies, nanos, faults);
  }
}
