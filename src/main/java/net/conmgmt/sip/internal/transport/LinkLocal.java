package net.conmgmt.sip.internal.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Gives link-local IPv6 addresses (RFC 4007) the scope id that they need on this machine, such as
 * the {@code %eth0} of {@code fe80::1%eth0}: the same address may exist on each link. {@link
 * ScopeIds} takes it away from all that leaves.
 *
 * <p>A scope id has a meaning on this machine only. So inside the library a link-local address
 * always carries one, and the RI and every peer see addresses without: neither Via nor {@code
 * received} nor Call-ID nor a Route or Contact of an application takes it onto the wire (RFC 6874
 * section 4; the grammar of SIP has no room for it, and the RI's parser refuses it). The RI alone
 * would send it, unless the JVM runs with {@code -Dgov.nist.core.STRIP_ADDR_SCOPES=true}, which
 * takes it from a Route, too, before that has been followed. Stateless.
 */
final class LinkLocal {

  private static final Logger LOG = LogManager.getLogger(LinkLocal.class);

  private LinkLocal() {}

  /** Whether the address is one that needs a scope id. */
  static boolean is(InetAddress address) {
    return address instanceof Inet6Address && address.isLinkLocalAddress();
  }

  /**
   * A link-local address with the name of its interface as scope id, so that the same peer is
   * always written alike; any other address as it is. One without a scope id is on the link of the
   * listening point, or where that has none (it may be {@code ::}), on the only link there is.
   */
  static InetAddress onItsLink(InetAddress address, InetAddress listening) {
    if (!is(address)) {
      return address;
    }
    NetworkInterface link = linkOf((Inet6Address) address);
    if (link == null && is(listening)) {
      link = linkOf((Inet6Address) listening);
    }
    try {
      NetworkInterface chosen = link == null ? onlyLink() : link;
      return chosen == null
          ? address
          : Inet6Address.getByAddress(null, address.getAddress(), chosen);
    } catch (UnknownHostException | SocketException e) {
      LOG.debug("{} stays without the link that it is on", address, e);
      return address;
    }
  }

  private static @Nullable NetworkInterface linkOf(Inet6Address address) {
    NetworkInterface named = address.getScopedInterface();
    if (named != null || address.getScopeId() == 0) {
      return named;
    }
    try {
      return NetworkInterface.getByIndex(address.getScopeId());
    } catch (SocketException e) {
      LOG.debug("The link of {} has gone", address, e);
      return null;
    }
  }

  /** The link of this machine if it has only one, beside loopback. */
  private static @Nullable NetworkInterface onlyLink() throws SocketException {
    List<NetworkInterface> links =
        NetworkInterface.networkInterfaces()
            .filter(each -> each.inetAddresses().anyMatch(own -> is(own)))
            .limit(2)
            .toList();
    return links.size() == 1 ? links.get(0) : null;
  }

  /** The address as others know it: without scope id. */
  static InetAddress withoutScope(InetAddress address) {
    if (!is(address)) {
      return address;
    }
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address of 16 bytes is one", e);
    }
  }
}
