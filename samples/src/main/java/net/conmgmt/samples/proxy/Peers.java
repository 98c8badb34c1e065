package net.conmgmt.samples.proxy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import javax.sip.address.SipURI;
import javax.sip.header.RouteHeader;
import javax.sip.message.Request;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.EndpointDirectory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that share an endpoint directory with this one: a request for a user whom another one
 * holds goes there, with a Route whose token leads to the connection. Thread-safe.
 */
final class Peers {

  private static final Logger LOG = LogManager.getLogger(Peers.class);

  private final EndpointDirectory directory;
  private final String node;
  private final PeerAddress address;
  private final String transport;
  private final Set<ManagedConnection> fromPeers = ConcurrentHashMap.newKeySet();

  /**
   * @param node HOST:PORT of this proxy
   * @param transport the one that all proxies have among themselves
   */
  Peers(EndpointDirectory directory, String node, String transport) {
    this.directory = directory;
    this.node = node;
    address = PeerAddress.parse("NODE", node);
    this.transport = transport;
  }

  /** Who holds a user; the latest first. Completes soon in any case. */
  CompletableFuture<List<DirectoryEntry>> holders(String aor) {
    return directory.lookup(aor);
  }

  boolean isOwn(DirectoryEntry entry) {
    return entry.node().equals(node);
  }

  /** The way to the proxy that holds the entry; the connection is opened when it must be. */
  Flow flowTo(DirectoryEntry entry) {
    return flowTo(entry.node());
  }

  private Flow flowTo(String other) {
    PeerAddress peer = PeerAddress.parse("NODE", other);
    return new Flow(peer.host(), peer.port(), transport, null);
  }

  /** The Route that leads from the holder to the connection. */
  String routeTo(DirectoryEntry entry) {
    return "<sip:"
        + entry.flow()
        + "@"
        + entry.node()
        + ";transport="
        + transport.toLowerCase(java.util.Locale.ROOT)
        + ";lr>";
  }

  /** The holder says that this flow is gone. */
  void forget(DirectoryEntry entry) {
    CompletableFuture<?> unused =
        directory
            .forget(entry)
            .whenComplete(
                (done, failure) ->
                    LOG.info(
                        "{} says that the flow of {} is gone; the entry is {}",
                        entry.node(),
                        entry.endpoint(),
                        Boolean.TRUE.equals(done)
                            ? "removed"
                            : "kept, because it is newer or the directory was not reached"));
  }

  /** The proxy that the first Route of a request names, if it is one of the directory's. */
  @Nullable Flow next(Request request) {
    if (request.getHeader(RouteHeader.NAME) instanceof RouteHeader route
        && route.getAddress().getURI() instanceof SipURI uri) {
      String named = uri.getHost() + ":" + (uri.getPort() < 0 ? 5060 : uri.getPort());
      if (!named.equalsIgnoreCase(node)
          && directory.status().nodes().stream().anyMatch(named::equalsIgnoreCase)) {
        return flowTo(named);
      }
    }
    return null;
  }

  /** A request came on this connection that only another proxy can have sent. */
  void cameFrom(@Nullable ManagedConnection connection) {
    if (connection != null && fromPeers.add(connection) && !connection.isOpen()) {
      fromPeers.remove(connection);
    }
  }

  /** Whether another proxy is at the other end, as far as is known. */
  boolean isPeer(Flow flow) {
    return flow.connection() == null || fromPeers.contains(flow.connection());
  }

  /** What the others call this proxy, which may be another name than clients know. */
  PeerAddress address() {
    return address;
  }

  /** A connection has ended. */
  void ended(ManagedConnection connection) {
    fromPeers.remove(connection);
  }
}
