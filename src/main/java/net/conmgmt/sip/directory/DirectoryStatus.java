package net.conmgmt.sip.directory;

import java.util.List;

/**
 * The state of the endpoint directory of one proxy at the moment of asking, in types that JMX can
 * carry. Immutable.
 *
 * @param node {@code HOST:PORT} of this proxy; empty where it has no others
 * @param shared whether several proxies share the directory
 * @param connected whether the shared directory answers
 * @param leaseMillis how long the other proxies still count on this one, as far as it knows; 0
 *     where it has no lease
 * @param nodes the proxies that have a lease, this one included, as last heard
 * @param held endpoints that this proxy holds
 * @param behind how many of those are still to be said, or said again, to the directory
 * @param claims claims that the directory has granted so far
 * @param refused claims that it has refused because a newer one was there
 * @param displaced endpoints that this proxy has lost to another
 * @param leasesLost how often this proxy lost its lease
 * @param lastClaimMicros how long the last claim took; 0 before the first one
 * @param longestClaimMicros how long the slowest claim took that was answered
 */
public record DirectoryStatus(
    String node,
    boolean shared,
    boolean connected,
    long leaseMillis,
    List<String> nodes,
    int held,
    int behind,
    long claims,
    long refused,
    long displaced,
    long leasesLost,
    long lastClaimMicros,
    long longestClaimMicros) {

  /** Copies the list. */
  public DirectoryStatus {
    nodes = List.copyOf(nodes);
  }
}
