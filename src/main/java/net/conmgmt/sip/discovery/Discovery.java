package net.conmgmt.sip.discovery;

import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.connection.ListenerList;

/** Autodiscovery for one stack (3.1). */
public final class Discovery {

  private final ListenerList<DiscoveryListener> listeners = new ListenerList<>();

  public static Discovery of(StackScope scope) {
    return scope.get(Discovery.class, s -> new Discovery());
  }

  public ListenerList<DiscoveryListener> listeners() {
    return listeners;
  }

  /**
   * Finds and connects the outbound proxy of an address-of-record. Completes with the report, of a
   * failure too.
   *
   * @throws IllegalArgumentException when the address-of-record has no domain (DISC-1)
   */
  public CompletableFuture<DiscoveryReport> discover(String addressOfRecord) {
    return CompletableFuture.failedFuture(new DiscoveryException(addressOfRecord, null, null));
  }
}
