package net.conmgmt.sip.internal.discovery;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Selects and orders the records of an SRV answer ([MS-CONMGMT] 3.1.5, RFC 2782). Pure.
 *
 * @param usable the records in the order in which they are tried
 * @param rejected the others, each with the rule that rejects it
 * @param serviceOffered whether any record offers a service, usable here or not
 */
record SrvRecords(List<ServiceRecord> usable, List<String> rejected, boolean serviceOffered) {

  SrvRecords {
    usable = List.copyOf(usable);
    rejected = List.copyOf(rejected);
  }

  /**
   * Sorts out and orders the records of one answer.
   *
   * @param domain the domain at or below which the targets must be
   * @param mustMatchDomain whether the domain matters, as it does for the TLS queries
   */
  static SrvRecords select(
      List<ServiceRecord> answer, String domain, boolean mustMatchDomain, RandomGenerator random) {
    List<String> rejected = new ArrayList<>();
    TreeMap<Integer, List<ServiceRecord>> byPriority = new TreeMap<>();
    boolean serviceOffered = false;
    for (ServiceRecord record : answer) {
      if (DnsNames.withoutDot(record.target()).isEmpty()) {
        rejected.add(record + ": the target . says that there is no such service (RFC 2782)");
      } else if (record.port() < 1 || record.port() > 65_535) {
        rejected.add(record + ": port " + record.port() + " cannot be connected");
      } else if (mustMatchDomain && !DnsNames.isAtOrBelow(record.target(), domain)) {
        serviceOffered = true;
        rejected.add(record + ": the target is not in " + domain + " ([MS-CONMGMT] 3.1.5)");
      } else {
        serviceOffered = true;
        byPriority.computeIfAbsent(record.priority(), p -> new ArrayList<>()).add(record);
      }
    }
    List<ServiceRecord> usable = new ArrayList<>();
    byPriority.values().forEach(group -> drawAll(group, usable, random));
    return new SrvRecords(usable, rejected, serviceOffered);
  }

  /**
   * Draws the records of one priority one by one. The chance of each is its share of the weights
   * that are left; a weight of 0 counts as a thousandth of 1, which RFC 2782 calls a very small
   * chance. The running sum of the RFC's example gives the first record one chance too many.
   */
  private static void drawAll(
      List<ServiceRecord> group, List<ServiceRecord> drawn, RandomGenerator random) {
    List<ServiceRecord> left = new ArrayList<>(group);
    while (!left.isEmpty()) {
      long mark = random.nextLong(left.stream().mapToLong(SrvRecords::chance).sum());
      int index = 0;
      while (mark >= chance(left.get(index))) {
        mark -= chance(left.get(index));
        index++;
      }
      drawn.add(left.remove(index));
    }
  }

  private static long chance(ServiceRecord record) {
    return record.weight() <= 0 ? 1 : record.weight() * 1_000L;
  }
}
