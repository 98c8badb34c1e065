package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.simulation.Simulation.Outcome;

/** Makes a history that fails shorter, as long as it still fails in the same way. */
final class Shrinking {

  private static final int MOST_TRIES = 200;

  private final Stacks stacks;
  private Outcome best;
  private int tries;

  private Shrinking(Outcome failed, Stacks stacks) {
    this.stacks = stacks;
    best = failed;
  }

  /** The shortest that was found, with its time line. */
  static Outcome shrink(Outcome failed, Stacks stacks) {
    Shrinking shrinking = new Shrinking(failed, stacks);
    boolean better = true;
    while (better && shrinking.tries < MOST_TRIES) {
      better = shrinking.round();
    }
    Outcome shown = Simulation.run(shrinking.best.scenario(), stacks, true);
    return shown.violation() == null ? shrinking.best : shown;
  }

  private boolean round() {
    for (Scenario smaller : smaller(best.scenario())) {
      tries++;
      Outcome outcome = Simulation.run(smaller, stacks, false);
      if (outcome.violation() != null && kindOf(outcome).equals(kindOf(best))) {
        best = outcome;
        return true;
      }
    }
    return false;
  }

  private static List<Scenario> smaller(Scenario scenario) {
    List<Scenario> all = new ArrayList<>();
    List<Scenario.Fault> faults = scenario.faults();
    if (scenario.clients() > 1) {
      all.add(scenario.with(scenario.clients() - 1, scenario.proxies(), scenario.nanos(), faults));
    }
    if (scenario.proxies() > 1) {
      all.add(scenario.with(scenario.clients(), scenario.proxies() - 1, scenario.nanos(), faults));
    }
    if (scenario.nanos() > 20_000_000_000L) {
      all.add(scenario.with(scenario.clients(), scenario.proxies(), scenario.nanos() / 2, faults));
    }
    for (int i = 0; i < faults.size(); i++) {
      List<Scenario.Fault> fewer = new ArrayList<>(faults);
      fewer.remove(i);
      all.add(scenario.with(scenario.clients(), scenario.proxies(), scenario.nanos(), fewer));
    }
    return all;
  }

  /** What fails, without the numbers and names in it. */
  static String kindOf(Outcome outcome) {
    return String.valueOf(outcome.violation() == null ? "" : outcome.violation().getMessage())
        .replaceAll("[0-9]+", "");
  }
}
