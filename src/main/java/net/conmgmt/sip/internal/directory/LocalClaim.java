package net.conmgmt.sip.internal.directory;

import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.EndpointDirectory;
import org.jspecify.annotations.Nullable;

/** An endpoint that this proxy holds, and what the directory knows of it. Guarded by its node. */
final class LocalClaim {

  final Endpoint endpoint;
  final String flow;
  String contact;
  boolean authenticated;

  /** When its registration ends, on our own clock. */
  long expiresNanos;

  /** When the endpoint came to this flow, on our own clock; what it says later changes nothing. */
  final long sinceNanos;

  /** 0 until the directory has granted it. */
  long epoch;

  /** A dead holder's epoch that need not be kept, or 0. */
  long over;

  /** It was said and is not answered. */
  boolean inFlight;

  /** It left before it could be said: it is said all the same, so that older ones hear of it. */
  boolean departed;

  /** It had to wait: it counts from when the endpoint came, not from when it is said. */
  boolean late;

  /** It waits to be said. */
  boolean queued;

  /** It has changed since it was said. */
  boolean again;

  /** The greatest epoch that a hint has told while it was in flight, and whose. */
  long hintedEpoch;

  @Nullable String hintedNode;

  /** Who waits for the answer. */
  @Nullable CompletableFuture<EndpointDirectory.Claimed> told;

  LocalClaim(
      Endpoint endpoint,
      String flow,
      String contact,
      boolean authenticated,
      long expiresNanos,
      long sinceNanos) {
    this.endpoint = endpoint;
    this.flow = flow;
    this.contact = contact;
    this.authenticated = authenticated;
    this.expiresNanos = expiresNanos;
    this.sinceNanos = sinceNanos;
  }
}
