package net.conmgmt.samples.registrar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;

/**
 * Bindings in memory (RFC 3261 section 10.3): address-of-record, contact, and the connection on
 * which it registered, without which it is worth nothing. Knows no message and no socket.
 * Thread-safe.
 */
public final class Registrar {

  /** How many users that have left are remembered, to tell 480 from 404. */
  private static final int MAX_FORMER_USERS = 10_000;

  /**
   * One binding.
   *
   * @param contactKey what tells it from others of the user: its instance and flow, else its
   *     address
   * @param device what its flows have in common, of which one is used at a time
   * @param path the Route that leads to it from the connection on which it registered
   * @param uri the contact address
   * @param contact the Contact header field as it was registered, without expiry
   * @param flow the connection on which it registered
   * @param callId with {@code cseq} the order of the requests of one device
   * @param order grows with every binding that is made or refreshed
   */
  public record Binding(
      String aor,
      String contactKey,
      String device,
      String uri,
      String contact,
      List<String> path,
      Flow flow,
      String callId,
      long cseq,
      long expiresNanos,
      long order) {}

  /**
   * One contact of a REGISTER request.
   *
   * @param key what tells it from others of the user
   * @param device what its flows have in common
   * @param path the Route that leads to it
   * @param expiresSeconds 0 removes it
   */
  public record Contact(
      String key, String device, String uri, String header, List<String> path, int expiresSeconds) {

    /** One of a device that has a single flow. */
    public Contact(String key, String uri, String header, int expiresSeconds) {
      this(key, key, uri, header, List.of(), expiresSeconds);
    }
  }

  /** Why bindings went. */
  public interface Watcher {
    void removed(Binding binding, String why);
  }

  /** An older request of the same device came late (RFC 3261 section 10.3 step 7). */
  public static final class OutOfOrderException extends Exception {
    private static final long serialVersionUID = 1L;

    OutOfOrderException(String message) {
      super(message);
    }
  }

  private final LongSupplier nanoTime;
  private final Watcher watcher;
  private final Map<String, Map<String, Binding>> byAor = new HashMap<>();
  private final Map<ManagedConnection, Set<Binding>> byConnection = new HashMap<>();
  private final Map<String, Boolean> formerUsers =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MAX_FORMER_USERS;
        }
      };

  private long orders;

  public Registrar(LongSupplier nanoTime, Watcher watcher) {
    this.nanoTime = nanoTime;
    this.watcher = watcher;
  }

  /**
   * Applies the contacts of one request, all or none.
   *
   * @return the bindings of the address-of-record afterwards
   * @throws OutOfOrderException when a binding is newer than the request
   */
  public List<Binding> update(
      String aor, List<Contact> contacts, Flow flow, String callId, long cseq)
      throws OutOfOrderException {
    List<Binding> gone = new ArrayList<>();
    List<Binding> left;
    synchronized (this) {
      for (Contact contact : contacts) {
        Binding old = byAor.getOrDefault(aor, Map.of()).get(contact.key());
        if (old != null) {
          checkOrder(old, callId, cseq);
        }
      }
      for (Contact contact : contacts) {
        Binding old = byAor.getOrDefault(aor, Map.of()).get(contact.key());
        if (old != null && forget(old) && contact.expiresSeconds() == 0) {
          gone.add(old);
        }
      }
      // Afterwards: a device whose address has changed takes the old one back, in whatever order.
      for (Contact contact : contacts) {
        if (contact.expiresSeconds() > 0) {
          enter(
              new Binding(
                  aor,
                  contact.key(),
                  contact.device(),
                  contact.uri(),
                  contact.header(),
                  contact.path(),
                  flow,
                  callId,
                  cseq,
                  nanoTime.getAsLong() + TimeUnit.SECONDS.toNanos(contact.expiresSeconds()),
                  ++orders));
        }
      }
      left = live(aor);
    }
    gone.forEach(binding -> watcher.removed(binding, "it registered with Expires 0"));
    return left;
  }

  /** Removes every binding of an address-of-record ({@code Contact: *}). */
  public void removeAll(String aor, String callId, long cseq) throws OutOfOrderException {
    List<Binding> gone;
    synchronized (this) {
      gone = List.copyOf(byAor.getOrDefault(aor, Map.of()).values());
      for (Binding binding : gone) {
        checkOrder(binding, callId, cseq);
      }
      gone.forEach(this::forget);
    }
    gone.forEach(binding -> watcher.removed(binding, "it registered with Contact * and Expires 0"));
  }

  private static void checkOrder(Binding old, String callId, long cseq) throws OutOfOrderException {
    if (old.callId().equals(callId) && cseq <= old.cseq()) {
      throw new OutOfOrderException(
          "CSeq " + cseq + " is not above " + old.cseq() + " of the binding " + old.uri());
    }
  }

  /** The live bindings of an address-of-record. */
  public synchronized List<Binding> bindings(String aor) {
    return live(aor);
  }

  /** The bindings whose connections are still open, that which was refreshed last first. */
  public synchronized List<Binding> reachable(String aor) {
    return live(aor).stream()
        .filter(binding -> binding.flow().isUsable())
        .sorted(Comparator.comparingLong(Binding::order).reversed())
        .toList();
  }

  /** Whether the user has registered before (unless that was very long ago). */
  public synchronized boolean isFormerUser(String aor) {
    return byAor.containsKey(aor) || formerUsers.containsKey(aor);
  }

  /** Seconds until a binding expires, at least 0. */
  public long secondsLeft(Binding binding) {
    long nanos = binding.expiresNanos() - nanoTime.getAsLong();
    return Math.max(0, TimeUnit.NANOSECONDS.toSeconds(nanos + 999_999_999));
  }

  /** Removes what registered on a connection. */
  public void connectionGone(ManagedConnection connection, String why) {
    removeIf(byConnectionSnapshot(connection), binding -> true, why);
  }

  /** Removes what one user registered on a connection. */
  public void endpointGone(ManagedConnection connection, String aor, String why) {
    removeIf(byConnectionSnapshot(connection), binding -> binding.aor().equals(aor), why);
  }

  private synchronized List<Binding> byConnectionSnapshot(ManagedConnection connection) {
    return List.copyOf(byConnection.getOrDefault(connection, Set.of()));
  }

  /**
   * Removes exactly this binding, as the edge in front of its client has answered that the flow is
   * gone (430, RFC 5626 section 5.3). One that was made anew meanwhile stays.
   */
  public void flowFailed(Binding binding) {
    removeIf(List.of(binding), same -> true, "its flow has failed (430)");
  }

  /** Removes what has expired; to be called now and then. */
  public void removeExpired() {
    List<Binding> all;
    synchronized (this) {
      all = byAor.values().stream().flatMap(map -> map.values().stream()).toList();
    }
    removeIf(all, binding -> !isLive(binding), "it expired");
  }

  private void removeIf(List<Binding> candidates, Predicate<Binding> condition, String why) {
    List<Binding> gone = new ArrayList<>();
    synchronized (this) {
      for (Binding binding : candidates) {
        if (condition.test(binding) && forget(binding)) {
          gone.add(binding);
        }
      }
    }
    gone.forEach(binding -> watcher.removed(binding, why));
  }

  private List<Binding> live(String aor) {
    return byAor.getOrDefault(aor, Map.of()).values().stream().filter(this::isLive).toList();
  }

  private boolean isLive(Binding binding) {
    return binding.expiresNanos() - nanoTime.getAsLong() > 0;
  }

  private void enter(Binding binding) {
    byAor
        .computeIfAbsent(binding.aor(), aor -> new LinkedHashMap<>())
        .put(binding.contactKey(), binding);
    ManagedConnection connection = binding.flow().connection();
    if (connection != null) {
      byConnection.computeIfAbsent(connection, c -> new LinkedHashSet<>()).add(binding);
    }
  }

  private boolean forget(Binding binding) {
    Map<String, Binding> ofUser = byAor.get(binding.aor());
    if (ofUser == null || !ofUser.remove(binding.contactKey(), binding)) {
      return false;
    }
    if (ofUser.isEmpty()) {
      byAor.remove(binding.aor());
      formerUsers.put(binding.aor(), true);
    }
    ManagedConnection connection = binding.flow().connection();
    Set<Binding> onConnection = connection == null ? null : byConnection.get(connection);
    if (connection != null && onConnection != null) {
      onConnection.remove(binding);
      if (onConnection.isEmpty()) {
        byConnection.remove(connection);
      }
    }
    return true;
  }
}
