package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;

/** What has happened how often, so that it is seen what was never tried. */
final class Coverage {

  /** What may happen, beside what is drawn from an enumeration. */
  private static final List<String> NAMED =
      List.of(
          "DHCP: answered",
          "DHCP: lost",
          "DHCP: somebody else's",
          "directory: client moves",
          "directory: connection ended by another proxy",
          "directory: found at another proxy",
          "discovery: connected",
          "discovery: failed",
          "discovery: proxy lost",
          "network: FIN read",
          "network: NAT has forgotten",
          "network: RST",
          "network: SYN lost",
          "network: connect fails at once",
          "network: connection refused",
          "network: given up by TCP",
          "network: reset by a machine that has forgotten",
          "wire: a close waits for the last bytes",
          "wire: a write waits");

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

  /** What has not happened at all, of what may. */
  List<String> never() {
    List<String> missing = new ArrayList<>(NAMED);
    add(missing, "fault: ", Scenario.Kind.values());
    add(missing, "event: closed ", CloseReason.values());
    add(missing, "dialect: ", KeepAliveDialect.values());
    add(missing, "discovery attempt: ", Outcome.values());
    add(missing, "world: ", Cast.Finding.values());
    add(missing, "network: pieces ", Network.Cut.values());
    add(missing, "DNS: ", SimulatedDns.FAULTS);
    add(missing, "directory: ", SimulatedDirectory.Fault.values());
    missing.removeAll(counts.keySet());
    return missing;
  }

  private static void add(List<String> to, String prefix, Object[] all) {
    for (Object each : all) {
      to.add(prefix + each);
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach((what, count) -> text.append(String.format("%12d  %s%n", count, what)));
    text.append("never: ").append(never());
    return text.toString();
  }
}
