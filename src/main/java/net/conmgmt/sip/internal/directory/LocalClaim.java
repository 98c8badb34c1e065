package net.conmgmt.sip.internal.directory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.EndpointDirectory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that this proxy holds, and what the directory knows about it. A claim is queued, then
 * in flight, then granted; it is repeated with the epoch that it was granted, and so it never
 * displaces anything newer. Guarded by {@link LocalClaims}.
 */
final class LocalClaim {

  /** What has to follow the answer to a claim. */
  enum Next {
    NOTHING,
    /** It changed while it was in flight, or was made for an incarnation that has ended. */
    SEND_AGAIN,
    /** The endpoint has left while its claim was in flight: the new entry has to be removed. */
    RELEASE,
    /** Another proxy has a newer connection of the endpoint. */
    LOST
  }

  private static final Logger LOG = LogManager.getLogger(LocalClaim.class);

  /** How long an entry without a registration stays unless it is repeated. */
  private static final long UNBOUND_NANOS = TimeUnit.HOURS.toNanos(1);

  final Endpoint endpoint;
  final String flow;

  /** When the endpoint came to this flow, by our own clock. Refreshes do not change it. */
  private final long arrivedNanos;

  private String contact;
  private boolean authenticated;

  /** When its registration ends, by our own clock. */
  private long expiresNanos;

  /** 0 until the directory has granted the claim. */
  private long epoch;

  /** The epoch of a holder that is known to be dead and may be displaced by anyone; or 0. */
  private long deadEpoch;

  /** The greatest epoch that another proxy was said to have while this claim was in flight. */
  private long hintedEpoch;

  /** The proxy that has a newer entry, where one is known. */
  private String newerNode = "";

  /** A request was sent and not answered yet. */
  boolean inFlight;

  /** It could not be sent at once, so the endpoint's arrival counts and not the sending. */
  boolean delayed;

  /** The endpoint left before the claim was sent. It is sent all the same: it fences older ones. */
  boolean departed;

  /** It has changed while it was in flight. */
  boolean changed;

  /** Another proxy has the endpoint, and its connection here is being told. */
  boolean lost;

  /** The application's future for the answer, if it asked for one. */
  @Nullable CompletableFuture<EndpointDirectory.Claimed> caller;

  LocalClaim(Endpoint endpoint, String flow, long arrivedNanos) {
    this.endpoint = endpoint;
    this.flow = flow;
    this.arrivedNanos = arrivedNanos;
    contact = "";
  }

  /** The endpoint has registered or authenticated on this flow, perhaps again. */
  void refresh(String newContact, boolean isAuthenticated, long newExpiresNanos) {
    contact = newContact;
    authenticated |= isAuthenticated;
    expiresNanos = newExpiresNanos;
  }

  /** Whether the directory has granted it. */
  boolean isGranted() {
    return epoch != 0;
  }

  /** The request to send to the store; the claim is in flight from now on. */
  DirectoryStore.Claim request(String node, NodeLease lease, long nowNanos) {
    inFlight = true;
    changed = false;
    long leftNanos = expiresNanos - nowNanos;
    if (leftNanos <= 0) {
      // The connection still belongs to the endpoint, but no registration leads to it.
      contact = "";
      leftNanos = UNBOUND_NANOS;
    }
    return new DirectoryStore.Claim(
        endpoint,
        node,
        lease.incarnation(),
        flow,
        authenticated,
        contact,
        TimeUnit.NANOSECONDS.toMicros(leftNanos),
        isGranted() || delayed,
        isGranted() ? epoch : lease.micros(arrivedNanos),
        lease.doubtMicros(),
        deadEpoch);
  }

  /** The store has answered. */
  Next answered(DirectoryStore.Claim request, DirectoryStore.Answer answer, NodeLease lease) {
    DirectoryStore.Held other = answer.other();
    long hinted = hintedEpoch;
    hintedEpoch = 0;
    switch (answer.verdict()) {
      case GRANTED -> {
        epoch = answer.epoch();
        deadEpoch = 0;
        if (hinted > epoch) {
          return Next.LOST;
        }
        return changed || request.incarnation() != lease.incarnation()
            ? Next.SEND_AGAIN
            : Next.NOTHING;
      }
      case NEWER -> {
        newerNode = other == null ? "" : other.node();
        return Next.LOST;
      }
      case KEPT -> {
        // A dead holder does not keep its endpoint.
        if (other != null && !lease.isLive(other) && deadEpoch != other.epoch()) {
          deadEpoch = other.epoch();
          return Next.SEND_AGAIN;
        }
      }
      case FULL ->
          LOG.warn(
              "{} already has {} devices in the endpoint directory; {} is not added. Its requests"
                  + " are served by this proxy only",
              endpoint.addressOfRecord(),
              DirectoryStore.MAX_DEVICES,
              endpoint);
    }
    return Next.NOTHING;
  }

  /** Another proxy is said to have it with this epoch; whether that means it is lost here. */
  boolean isLostTo(String node, long otherEpoch) {
    if (inFlight) {
      // Which of the two is newer will be known when the answer is there.
      if (otherEpoch > hintedEpoch) {
        hintedEpoch = otherEpoch;
        newerNode = node;
      }
      return false;
    }
    if (!isGranted() || otherEpoch <= epoch) {
      return false;
    }
    newerNode = node;
    return true;
  }

  /** The proxy that it was lost to; empty where none holds it any more. */
  String newerNode() {
    return newerNode;
  }

  DirectoryEntry entry(String node, long nowNanos) {
    String reached = expiresNanos - nowNanos > 0 ? contact : "";
    return new DirectoryEntry(endpoint, epoch, node, flow, reached, authenticated);
  }
}
