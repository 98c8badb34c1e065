package net.conmgmt.sip.internal.discovery;

import gov.nist.javax.sip.address.AddressImpl;
import gov.nist.javax.sip.header.Route;
import gov.nist.javax.sip.header.RouteList;
import gov.nist.javax.sip.message.SIPRequest;
import javax.sip.SipException;
import javax.sip.address.Hop;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.ToHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.internal.config.HostNames;
import org.jspecify.annotations.Nullable;

/**
 * Routes a request as RFC 3261 says (sections 8.1.2 and 16.6): to the topmost Route, else to {@code
 * maddr}, else to the configured proxy, else to the request-URI. Stateless.
 */
public final class MessageRouting {

  private MessageRouting() {}

  /** Whether the request names its next hop, which goes before any outbound proxy. */
  public static boolean isRouted(Request request) {
    return topmostRoute(request) != null
        || (request.getRequestURI() instanceof SipURI uri && uri.getMAddrParam() != null);
  }

  /** Whether it could be sent without an outbound proxy: in a dialog, or to an IP address. */
  public static boolean isRoutable(Request request) {
    ToHeader to = (ToHeader) request.getHeader(ToHeader.NAME);
    return (to != null && to.getTag() != null)
        || (request.getRequestURI() instanceof SipURI uri
            && AddressOfRecord.parseIp(uri.getHost()) != null);
  }

  /**
   * Whether the request's {@code maddr} and port are those of {@code hop}: the RI's
   * AuthenticationHelper puts them there when it repeats a request with credentials.
   */
  public static boolean repeatsHop(Request request, Hop hop) {
    return topmostRoute(request) == null
        && request.getRequestURI() instanceof SipURI uri
        && uri.getMAddrParam() != null
        && isSameHost(uri.getMAddrParam(), hop.getHost())
        && (uri.getPort() == -1 || uri.getPort() == hop.getPort());
  }

  /** Whether two hosts are the same name or the same text; IPv6 with or without brackets. */
  public static boolean isSameHost(String one, String other) {
    return HostNames.comparable(bare(one)).equals(HostNames.comparable(bare(other)));
  }

  private static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /**
   * The next hop of {@code request}. A strict route is taken apart as 16.6 step 6 says, which
   * changes the request.
   *
   * @param proxy the configured outbound proxy, or null
   */
  public static Hop nextHop(Request request, @Nullable Hop proxy) throws SipException {
    Route route = topmostRoute(request);
    URI requestUri = request.getRequestURI();
    if (route != null) {
      if (!(route.getAddress().getURI() instanceof SipURI first)) {
        throw new SipException(
            "Cannot route "
                + request.getMethod()
                + ": expected a SIP URI in the topmost Route, found "
                + route.getAddress().getURI());
      }
      if (!first.hasLrParam()) {
        toStrictRouter((SIPRequest) request, first);
      }
      return hopOf(first, request);
    }
    boolean maddr = requestUri instanceof SipURI sip && sip.getMAddrParam() != null;
    if (proxy != null && (!maddr || repeatsHop(request, proxy))) {
      return proxy;
    }
    if (requestUri instanceof SipURI uri) {
      return hopOf(uri, request);
    }
    throw new SipException(
        "Cannot route "
            + request.getMethod()
            + ": expected a Route, an outbound proxy or a SIP request-URI, found "
            + requestUri);
  }

  private static @Nullable Route topmostRoute(Request request) {
    RouteList routes = ((SIPRequest) request).getRouteHeaders();
    return routes == null || routes.isEmpty() ? null : (Route) routes.getFirst();
  }

  private static void toStrictRouter(SIPRequest request, SipURI first) {
    RouteList routes = request.getRouteHeaders();
    routes.removeFirst();
    AddressImpl last = new AddressImpl();
    last.setAddess(request.getRequestURI());
    routes.add(new Route(last));
    request.setRequestURI(first);
  }

  private static Hop hopOf(SipURI uri, Request request) {
    String transport = uri.isSecure() ? "TLS" : uri.getTransportParam();
    if (transport == null) {
      ViaHeader via = (ViaHeader) request.getHeader(ViaHeader.NAME);
      transport = via != null && via.getTransport() != null ? via.getTransport() : "UDP";
    }
    String host = uri.getMAddrParam() != null ? uri.getMAddrParam() : uri.getHost();
    return new NextHop(host, uri.getPort(), transport);
  }
}
