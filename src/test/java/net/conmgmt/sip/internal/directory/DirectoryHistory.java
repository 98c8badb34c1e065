package net.conmgmt.sip.internal.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conmgmt.sip.Endpoint;

/**
 * What happened between proxies and their directory, and whether it may have happened: records each
 * arrival of an endpoint, each loss, and what look-ups saw, and says what is wrong with it. One
 * thread.
 *
 * <ul>
 *   <li>No resurrection: once anybody has seen an entry of an endpoint, nobody who asks later sees
 *       an older one.
 *   <li>No ghosts: what is found was held by its node, and its node was heard of within the lease.
 *   <li>One winner: in the end the endpoint is held where it came last, and nowhere else.
 * </ul>
 */
final class DirectoryHistory {

  /** Where an endpoint came to last. */
  record Place(String node, String flow) {}

  private final List<String> faults = new ArrayList<>();
  private final Map<Endpoint, Place> last = new HashMap<>();
  private final Map<Endpoint, Set<Place>> open = new HashMap<>();
  private final Map<Endpoint, Long> newestSeen = new HashMap<>();

  /** It has registered there; its former connection is for the proxies to close. */
  void came(Endpoint endpoint, String node, String flow) {
    Place place = new Place(node, flow);
    last.put(endpoint, place);
    open.computeIfAbsent(endpoint, key -> new HashSet<>()).add(place);
  }

  /** A proxy was told that it holds the endpoint no more, or closed the connection by itself. */
  void lost(Endpoint endpoint, String node, String flow) {
    Set<Place> places = open.getOrDefault(endpoint, Set.of());
    places.remove(new Place(node, flow));
  }

  /** The client itself has ended its last connection. */
  void left(Endpoint endpoint) {
    Place place = last.remove(endpoint);
    if (place != null) {
      lost(endpoint, place.node(), place.flow());
    }
  }

  /** Whether it came last to that connection. */
  boolean isLast(Endpoint endpoint, String node, String flow) {
    return new Place(node, flow).equals(last.get(endpoint));
  }

  /** The newest epoch that anybody has seen; to be asked when a look-up begins. */
  long newestSeen(Endpoint endpoint) {
    return newestSeen.getOrDefault(endpoint, 0L);
  }

  /**
   * A look-up at another proxy than the holder saw this.
   *
   * @param newestAtBegin {@link #newestSeen} when it began
   * @param silentNanos for how long the holder had not been able to renew its lease
   */
  void saw(
      Endpoint endpoint,
      String node,
      long epoch,
      long newestAtBegin,
      long silentNanos,
      long leaseNanos) {
    if (epoch < newestAtBegin) {
      faults.add(
          endpoint + " came back to life at " + node + ": " + epoch + " after " + newestAtBegin);
    }
    if (silentNanos > leaseNanos) {
      faults.add(endpoint + " was found at " + node + ", silent for " + silentNanos + " ns");
    }
    newestSeen.merge(endpoint, epoch, Math::max);
  }

  /** All is quiet: each endpoint is where it came last, and nowhere else. */
  void settled() {
    open.forEach(
        (endpoint, places) -> {
          Place place = last.get(endpoint);
          Set<Place> expected = place == null ? Set.of() : Set.of(place);
          if (!places.equals(expected)) {
            faults.add(endpoint + " is held by " + places + " and came last to " + expected);
          }
        });
  }

  /** What everybody found in the end. */
  void found(Endpoint endpoint, List<Place> places) {
    Place place = last.get(endpoint);
    List<Place> expected = place == null ? List.of() : List.of(place);
    if (!places.equals(expected)) {
      faults.add(endpoint + " is found at " + places + " and came last to " + expected);
    }
  }

  List<String> faults() {
    return faults;
  }
}
