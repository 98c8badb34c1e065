package net.conmgmt.samples.proxy;

import java.util.List;
import java.util.Set;
import javax.sip.ListeningPoint;
import javax.sip.SipProvider;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.ViaHeader;
import net.conmgmt.samples.sip.Aor;

/** Which addresses and names mean this proxy. Immutable. */
final class LocalAddresses {

  private final String domain;
  private final Set<String> names;
  private final List<ListeningPoint> listeningPoints;

  LocalAddresses(String domain, Set<String> names, SipProvider provider) {
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

  private boolean isSelf(String host, int port) {
    String plain = Aor.domain(host).replaceAll("[\\[\\]]", "");
    for (ListeningPoint point : listeningPoints) {
      boolean samePort =
          port == point.getPort()
              || (port == -1 && (point.getPort() == 5060 || point.getPort() == 5061));
      if (samePort && (plain.equals(point.getIPAddress()) || names.contains(plain))) {
        return true;
      }
      // A name without port is found by SRV, so it says nothing of the port.
      if (port == -1 && names.contains(plain)) {
        return true;
      }
    }
    return false;
  }
}
