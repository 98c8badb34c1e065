package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.conmgmt.sip.CloseReason;

/** What has happened how often, so that it is seen what was never tried. */
final class Coverage {

  private final Map<String, Long> counts = new TreeMap<>();

  void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  void addAll(Coverage other) {
    other.counts.forEach((what, count) -> counts.merge(what, count, Long::sum));
  }

  long of(String what) {
    return counts.getOrDefault(what, 0L);
  }

  /** What has not happened at all. */
  List<String> never() {
    List<String> missing = new ArrayList<>();
    for (Scenario.Kind kind : Scenario.Kind.values()) {
      missing.add("fault: " + kind);
    }
    for (CloseReason reason : CloseReason.values()) {
      missing.add("event: closed " + reason);
    }
    missing.removeAll(counts.keySet());
    return missing;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach((what, count) -> text.append(String.format("%12d  %s%n", count, what)));
    text.append("never: ").append(never());
    return text.toString();
  }
}
