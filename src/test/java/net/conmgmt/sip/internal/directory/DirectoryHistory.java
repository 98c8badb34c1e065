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
 * arrival of an endpoint, each loss, and what look-ups saw, and says what is wrong with it.
 * Thread-safe.
 *
 * <ul>
 *   <li>No resurrection: once anybody has seen an entry of an endpoint, nobody who asks later sees
 *       an older one.
 *   <li>No ghosts: what is found was held by its node, and its node was heard of within the lease.
 *   <li>One winner: in the end the endpoint is held where it came last, and nowhere else.
 * </ul>
 */
public final class DirectoryHistory {

  /** Where an endpoint came to last. */
  public record Place(String node, String flow) {}

  private final List<String> faults = new ArrayList<>();
  private final Map<Endpoint, Place> last = new HashMap<>();
  private final Map<Endpoint, Set<Place>> open = new HashMap<>();
  private final Map<Endpoint, Long> newestSeen = new HashMap<>();
  private int lookups;

  /** It has registered there; its former connection is for the proxies to close. */
  public synchronized void came(Endpoint endpoint, String node, String flow) {
    Place place = new Place(node, flow);
    last.put(endpoint, place);
    open.computeIfAbsent(endpoint, key -> new HashSet<>()).add(place);
  }

  /** A proxy was told that it holds the endpoint no more, or closed the connection by itself. */
  public synchronized void lost(Endpoint endpoint, String node, String flow) {
    Set<Place> places = open.getOrDefault(endpoint, Set.of());
    places.remove(new Place(node, flow));
  }

  /** The client itself has ended its last connection. */
  public synchronized void left(Endpoint endpoint) {
    Place place = last.remove(endpoint);
    if (place != null) {
      lost(endpoint, place.node(), place.flow());
    }
  }

  /** Whether it came last to that connection. */
  public synchronized boolean isLast(Endpoint endpoint, String node, String flow) {
    return new Place(node, flow).equals(last.get(endpoint));
  }

  /** The newest epoch that anybody has seen; to be asked when a look-up begins. */
  public synchronized long newestSeen(Endpoint endpoint) {
    return newestSeen.getOrDefault(endpoint, 0L);
  }

  /**
   * A look-up at another proxy than the holder saw this.
   *
   * @param newestAtBegin {@link #newestSeen} when it began
   * @param silentNanos for how long the holder had not been able to renew its lease
   */
  public synchronized void saw(
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
    lookups++;
    newestSeen.merge(endpoint, epoch, Math::max);
  }

  /** What is not, or not yet, so that each endpoint is where it came last and nowhere else. */
  public synchronized List<String> unsettled() {
    List<String> wrong = new ArrayList<>();
    open.forEach(
        (endpoint, places) -> {
          Place place = last.get(endpoint);
          Set<Place> expected = place == null ? Set.of() : Set.of(place);
          if (!places.equals(expected)) {
            wrong.add(endpoint + " is held by " + places + " and came last to " + expected);
          }
        });
    return wrong;
  }

  /** What is wrong with what somebody found in the end. */
  public synchronized List<String> misplaced(Endpoint endpoint, List<Place> places) {
    Place place = last.get(endpoint);
    List<Place> expected = place == null ? List.of() : List.of(place);
    return places.equals(expected)
        ? List.of()
        : List.of(endpoint + " is found at " + places + " and came last to " + expected);
  }

  /** How many look-ups have found an entry at another proxy. */
  public synchronized int lookups() {
    return lookups;
  }

  /** What may never happen. */
  public synchronized List<String> faults() {
    return List.copyOf(faults);
  }
}
