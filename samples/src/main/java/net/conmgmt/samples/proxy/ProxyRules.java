package net.conmgmt.samples.proxy;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sip.InvalidArgumentException;
import javax.sip.SipException;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.CSeqHeader;
import javax.sip.header.CallIdHeader;
import javax.sip.header.ContactHeader;
import javax.sip.header.EventHeader;
import javax.sip.header.FromHeader;
import javax.sip.header.MaxForwardsHeader;
import javax.sip.header.ProxyRequireHeader;
import javax.sip.header.RouteHeader;
import javax.sip.header.SupportedHeader;
import javax.sip.header.ToHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/** What a proxy checks and changes in a request (RFC 3261 sections 16.3, 16.4, 16.6). Stateless. */
final class ProxyRules {

  private static final int DEFAULT_MAX_FORWARDS = 70;
  private static final String COOKIE = "z9hG4bK";

  /** Their Event is mandatory (RFC 6665, RFC 3903), of which the stack sees to a part only. */
  private static final Set<String> OF_EVENTS =
      Set.of(Request.SUBSCRIBE, Request.NOTIFY, Request.PUBLISH);

  private static final Set<String> RECORD_ROUTED =
      Set.of(Request.INVITE, Request.SUBSCRIBE, Request.REFER, Request.NOTIFY);

  private final Sip sip;
  private final LocalAddresses local;
  private final FlowTokens tokens;
  private final @Nullable ConnectionManagement flows;
  private final @Nullable Peers peers;

  /**
   * @param flows makes the tokens of a Path, or null where clients register no flows here
   * @param peers the proxies that share users with this one, or null
   */
  ProxyRules(
      Sip sip,
      LocalAddresses local,
      FlowTokens tokens,
      @Nullable ConnectionManagement flows,
      @Nullable Peers peers) {
    this.peers = peers;
    this.flows = flows;
    this.sip = sip;
    this.tokens = tokens;
    this.local = local;
  }

  /**
   * Checks a request; the response that refuses it, or null when it may go on (RFC 3261 section
   * 16.3).
   *
   * @param mark its {@link #loopMark}
   * @param arrives whether it goes no further than here
   */
  @Nullable Response refusal(Request request, String mark, Flow from, boolean arrives)
      throws ParseException {
    if (!(request.getRequestURI() instanceof SipURI)) {
      return sip.response(Response.UNSUPPORTED_URI_SCHEME, request, null);
    }
    if (TargetFinder.isSips(request.getRequestURI()) && !from.transport().equalsIgnoreCase("TLS")) {
      return sip.response(
          Response.UNSUPPORTED_URI_SCHEME, request, "A sips URI is not accepted in clear");
    }
    MaxForwardsHeader maxForwards = (MaxForwardsHeader) request.getHeader(MaxForwardsHeader.NAME);
    if (maxForwards != null && maxForwards.getMaxForwards() <= 0 && !arrives) {
      return sip.response(Response.TOO_MANY_HOPS, request, null);
    }
    for (ViaHeader via : Sip.headers(request, ViaHeader.NAME, ViaHeader.class)) {
      String branch = via.getBranch();
      if (branch != null && branch.endsWith(mark) && local.isSelf(via)) {
        return sip.response(Response.LOOP_DETECTED, request, null);
      }
    }
    if (OF_EVENTS.contains(request.getMethod()) && request.getHeader(EventHeader.NAME) == null) {
      return sip.response(Response.BAD_REQUEST, request, "Event is missing");
    }
    List<ProxyRequireHeader> required =
        Sip.headers(request, ProxyRequireHeader.NAME, ProxyRequireHeader.class);
    if (required.isEmpty()) {
      return null;
    }
    Response response = sip.response(Response.BAD_EXTENSION, request, null);
    for (ProxyRequireHeader tag : required) {
      response.addHeader(sip.headers.createUnsupportedHeader(tag.getOptionTag()));
    }
    return response;
  }

  /**
   * Adds the Max-Forwards that an old client left out; the stack would drop its request (RFC 3261
   * section 16.6).
   */
  void completeMaxForwards(Request request) throws InvalidArgumentException {
    if (request.getHeader(MaxForwardsHeader.NAME) == null) {
      request.setHeader(sip.headers.createMaxForwardsHeader(DEFAULT_MAX_FORWARDS));
    }
  }

  /**
   * Takes out the Route entries that brought the request here (RFC 3261 section 16.4).
   *
   * @return what the first of them says of the dialog's connections, or null
   */
  @Nullable String removeOwnRoutes(Request request) {
    String token = null;
    List<RouteHeader> routes = Sip.headers(request, RouteHeader.NAME, RouteHeader.class);
    if (!routes.isEmpty()
        && request.getRequestURI() instanceof SipURI uri
        && uri.hasLrParam()
        && local.isSelf(uri)) {
      token = uri.getUser();
      // A strict router before us put our own address where the target should be.
      request.setRequestURI((URI) routes.get(routes.size() - 1).getAddress().getURI().clone());
      request.removeLast(RouteHeader.NAME);
      routes = routes.subList(0, routes.size() - 1);
    }
    for (RouteHeader route : routes) {
      if (!local.isSelf(route.getAddress().getURI())) {
        break;
      }
      if (token == null && route.getAddress().getURI() instanceof SipURI own) {
        token = own.getUser();
      }
      request.removeFirst(RouteHeader.NAME);
    }
    return token;
  }

  /** The copy of a request that goes to the next hop (RFC 3261 section 16.6). */
  Request forwarded(Request received, String mark, Flow from, Target.Forward target)
      throws ParseException, InvalidArgumentException, SipException {
    Request copy = (Request) received.clone();
    if (target.requestUri() != null) {
      copy.setRequestURI(target.requestUri());
    }
    MaxForwardsHeader maxForwards = (MaxForwardsHeader) copy.getHeader(MaxForwardsHeader.NAME);
    int left =
        maxForwards == null
            ? DEFAULT_MAX_FORWARDS
            : Math.max(0, Math.min(255, maxForwards.getMaxForwards()) - 1);
    copy.setHeader(sip.headers.createMaxForwardsHeader(left));
    if (RECORD_ROUTED.contains(received.getMethod())) {
      String tag = ((FromHeader) received.getHeader(FromHeader.NAME)).getTag();
      String token = tag == null ? null : tokens.of(from, target.flow(), tag);
      boolean sips = TargetFinder.isSips(received.getRequestURI());
      SipURI one = recordRoute(from, token, sips);
      SipURI other = recordRoute(target.flow(), token, sips);
      recordRoute(copy, one);
      if (!other.toString().equals(one.toString())) {
        recordRoute(copy, other);
      }
    }
    if (Request.REGISTER.equals(received.getMethod())) {
      addPath(copy, from);
    }
    for (int i = target.path().size() - 1; i >= 0; i--) {
      copy.addFirst(sip.headers.createHeader(RouteHeader.NAME, target.path().get(i)));
    }
    var point = local.listeningPoint(target.flow().transport());
    copy.addFirst(
        sip.headers.createViaHeader(
            local.address(target.flow()), point.getPort(), point.getTransport(), branch(mark)));
    HopRouter.direct(copy, target.flow());
    return copy;
  }

  /**
   * The edge is the first hop of a client that registers a flow: requests for the client come back
   * here, and the token says on which connection they go on (RFC 5626 section 5.1).
   */
  private void addPath(Request request, Flow from)
      throws ParseException, InvalidArgumentException, SipException {
    ConnectionManagement makesTokens = flows;
    ManagedConnection connection = from.connection();
    boolean firstHop = Sip.headers(request, ViaHeader.NAME, ViaHeader.class).size() == 1;
    if (makesTokens == null || connection == null || !firstHop || !registersFlow(request)) {
      return;
    }
    var point = local.listeningPoint(from.transport());
    SipURI uri = sip.addresses.createSipURI(makesTokens.flowToken(connection), local.address(from));
    uri.setPort(point.getPort());
    uri.setTransportParam(point.getTransport().toLowerCase(java.util.Locale.ROOT));
    uri.setLrParam();
    String hop = "<" + uri + ";ob>";
    if (request.getHeader("Path") == null) {
      request.addHeader(sip.headers.createHeader("Path", hop));
    } else {
      request.addFirst(sip.headers.createHeader("Path", hop));
    }
  }

  private static boolean registersFlow(Request request) {
    boolean supported =
        Sip.headers(request, SupportedHeader.NAME, SupportedHeader.class).stream()
            .anyMatch(tag -> "outbound".equalsIgnoreCase(tag.getOptionTag()));
    return supported
        && Sip.headers(request, ContactHeader.NAME, ContactHeader.class).stream()
            .anyMatch(contact -> contact.getParameter("reg-id") != null);
  }

  /** This proxy as the peer of a flow reaches it. */
  private SipURI recordRoute(Flow flow, @Nullable String token, boolean sips)
      throws ParseException, InvalidArgumentException {
    var point = local.listeningPoint(flow.transport());
    SipURI uri;
    if (peers != null && peers.isPeer(flow)) {
      PeerAddress node = peers.address();
      uri = sip.addresses.createSipURI(token, node.host());
      uri.setPort(node.port());
    } else {
      uri = sip.addresses.createSipURI(token, local.address(flow));
      uri.setPort(point.getPort());
    }
    if (sips) {
      // Its dialog stays on TLS (RFC 3261 section 16.6 step 4).
      uri.setSecure(true);
    } else {
      uri.setTransportParam(point.getTransport().toLowerCase(java.util.Locale.ROOT));
    }
    uri.setLrParam();
    return uri;
  }

  private void recordRoute(Request request, SipURI uri) throws ParseException, SipException {
    var header = sip.headers.createRecordRouteHeader(sip.addresses.createAddress(uri));
    if (request.getHeader(javax.sip.header.RecordRouteHeader.NAME) == null) {
      request.addHeader(header);
    } else {
      request.addFirst(header);
    }
  }

  private static String branch(String mark) {
    return COOKIE + Sip.token() + "." + mark;
  }

  /** Ends our branches; equal for two requests only when one is the other come back unchanged. */
  static String loopMark(Request request) {
    FromHeader from = (FromHeader) request.getHeader(FromHeader.NAME);
    ToHeader to = (ToHeader) request.getHeader(ToHeader.NAME);
    StringBuilder all = new StringBuilder();
    all.append(request.getRequestURI()).append('|').append(from.getTag()).append('|');
    all.append(to.getTag()).append('|');
    all.append(((CallIdHeader) request.getHeader(CallIdHeader.NAME)).getCallId()).append('|');
    all.append(((CSeqHeader) request.getHeader(CSeqHeader.NAME)).getSeqNumber()).append('|');
    for (RouteHeader route : Sip.headers(request, RouteHeader.NAME, RouteHeader.class)) {
      all.append(route.getAddress()).append('|');
    }
    return UUID.nameUUIDFromBytes(all.toString().getBytes(StandardCharsets.UTF_8))
        .toString()
        .replace("-", "");
  }
}
