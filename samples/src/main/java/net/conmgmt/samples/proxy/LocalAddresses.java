package net.conmgmt.samples.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.sip.ListeningPoint;
import javax.sip.SipProvider;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.ViaHeader;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Which addresses and names mean this proxy. Immutable. */
final class LocalAddresses {

  private static final Logger LOG = LogManager.getLogger(LocalAddresses.class);

  private static final Pattern IP_LITERAL =
      Pattern.compile("[0-9]+(\\.[0-9]+){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

  private final String domain;
  private final Set<String> names;
  private final String node;
  private final List<ListeningPoint> listeningPoints;

  /**
   * @param node HOST:PORT at which other proxies reach this one; may be empty
   */
  LocalAddresses(String domain, Set<String> names, String node, SipProvider provider) {
    this.node = node;
    this.domain = domain;
    this.names = Set.copyOf(names);
    listeningPoints = List.of(provider.getListeningPoints());
  }

  String domain() {
    return domain;
  }

  ListeningPoint listeningPoint(String transport) {
    return listeningPoints.stream()
        .filter(point -> point.getTransport().equalsIgnoreCase(transport))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("This proxy does not listen on " + transport));
  }

  /** Whether a URI's host is the domain. */
  boolean isDomain(URI uri) {
    return uri instanceof SipURI sip && Aor.domain(sip.getHost()).equals(domain);
  }

  /** Whether a URI means this proxy itself: its name or address, and its port where one is said. */
  boolean isSelf(URI uri) {
    if (!(uri instanceof SipURI sip)) {
      return false;
    }
    return isSelf(sip.getHost(), sip.getPort());
  }

  /** Whether this proxy put that Via there. */
  boolean isSelf(ViaHeader via) {
    return isSelf(via.getHost(), via.getPort());
  }

  /** The address by which the peer of a flow reaches this proxy. */
  String address(Flow flow) {
    String listening = listeningPoint(flow.transport()).getIPAddress();
    if (!isAny(listening)) {
      return listening;
    }
    ManagedConnection connection = flow.connection();
    if (connection != null) {
      return text(connection.localAddress().getAddress());
    }
    // Sends nothing: the system only says from which address it would.
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(flow.host(), flow.port()));
      return text(socket.getLocalAddress());
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalStateException("No way leads to " + flow, e);
    }
  }

  /** Without the zone of an IPv6 address, which means nothing to others. */
  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  private static boolean isAny(String address) {
    InetAddress parsed = literal(address);
    return parsed != null && parsed.isAnyLocalAddress();
  }

  /** The address that a text spells, or null for a name, which is never looked up. */
  private static @Nullable InetAddress literal(String host) {
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (!IP_LITERAL.matcher(plain).matches()) {
      return null;
    }
    try {
      return InetAddress.getByName(plain);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private boolean isSelf(String host, int port) {
    String plain = Aor.domain(host);
    // A name without port is found by SRV, so it says nothing of the port.
    if ((port == -1 && names.contains(plain)) || node.equalsIgnoreCase(host + ":" + port)) {
      return true;
    }
    for (ListeningPoint point : listeningPoints) {
      boolean samePort =
          port == point.getPort()
              || (port == -1 && (point.getPort() == 5060 || point.getPort() == 5061));
      if (samePort && (names.contains(plain) || isAt(point, literal(plain)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAt(ListeningPoint point, @Nullable InetAddress address) {
    if (address == null) {
      return false;
    }
    InetAddress listening = literal(point.getIPAddress());
    if (listening == null || !listening.isAnyLocalAddress()) {
      return address.equals(listening);
    }
    try {
      return address.isLoopbackAddress()
          || address.isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      LOG.warn("Whether {} is an address of this machine cannot be found out", address, e);
      return false;
    }
  }
}
