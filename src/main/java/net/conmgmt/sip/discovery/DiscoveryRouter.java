package net.conmgmt.sip.discovery;

import gov.nist.javax.sip.ClientTransactionExt;
import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.header.ims.PPreferredIdentityHeader;
import gov.nist.javax.sip.message.SIPRequest;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.ListIterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sip.SipException;
import javax.sip.SipStack;
import javax.sip.address.Hop;
import javax.sip.address.Router;
import javax.sip.address.SipURI;
import javax.sip.header.FromHeader;
import javax.sip.header.HeaderAddress;
import javax.sip.header.ToHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.discovery.AddressOfRecord;
import net.conmgmt.sip.internal.discovery.Discovery;
import net.conmgmt.sip.internal.discovery.DiscoveryResult;
import net.conmgmt.sip.internal.discovery.DomainDiscovery;
import net.conmgmt.sip.internal.discovery.MessageRouting;
import net.conmgmt.sip.internal.discovery.NextHop;
import net.conmgmt.sip.internal.discovery.SecureHop;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of a client to the outbound proxy that autodiscovery finds ([MS-CONMGMT] 3.1).
 * It is switched on by {@code javax.sip.ROUTER_PATH = net.conmgmt.sip.discovery.DiscoveryRouter}.
 *
 * <ol>
 *   <li>With {@code javax.sip.OUTBOUND_PROXY} there is no discovery and no DNS query: routing is
 *       that of RFC 3261.
 *   <li>A request with Route, or with {@code maddr} in its request-URI, goes where that says,
 *       unless that would be in clear past a proxy found over TLS, which is refused. A request that
 *       the RI's AuthenticationHelper repeats takes the connection of the first.
 *   <li>CANCEL goes where its request went.
 *   <li>Every other request takes the outbound proxy of its domain, inside a dialog too, as with
 *       {@code javax.sip.OUTBOUND_PROXY}. The domain is the property {@code
 *       net.conmgmt.sip.DOMAIN}, or the host of To in a REGISTER and of From in other requests;
 *       where that is none, the host of P-Preferred-Identity, else the one domain that this stack
 *       has found. Its open connection is used; where there is none, the request waits for the
 *       discovery, at most {@code net.conmgmt.sip.DISCOVERY_TIMEOUT} seconds. A request in a dialog
 *       or to an IP address that names no domain is routed as RFC 3261 says.
 * </ol>
 *
 * <p>A request to a sips URI is refused where the hop is not TLS. A hop of TLS is refused where the
 * provider that sends has no listening point for TLS: the RI would send in clear by another
 * transport.
 *
 * <p>Thread-safe. {@link #getNextHop} blocks while it waits: it is called on the thread that
 * creates the client transaction, which must not be a thread of the stack's I/O or of this library.
 * On the thread that calls a {@link ConnectionManagementListener} it refuses to wait.
 */
public final class DiscoveryRouter implements Router {

  private static final Logger LOG = LogManager.getLogger(DiscoveryRouter.class);

  private final SipStackImpl stack;
  private final Discovery discovery;
  private final String fixedDomain;
  private final int timeoutSeconds;
  private final @Nullable Hop outboundProxy;

  /**
   * Called by the RI while it creates a stack.
   *
   * @param outboundProxy {@code host:port/transport}, or null
   * @throws IllegalArgumentException if a property of this library or {@code outboundProxy} has a
   *     bad value
   */
  public DiscoveryRouter(SipStack stack, @Nullable String outboundProxy) {
    StackScope scope = StackScope.of(stack);
    this.stack = (SipStackImpl) stack;
    ConnectionManagementProperties properties = scope.properties();
    discovery = Discovery.of(scope);
    String domain = properties.text(ConnectionManagementProperties.Key.DOMAIN);
    fixedDomain = domain.isEmpty() ? "" : AddressOfRecord.domain(domain);
    timeoutSeconds = properties.intValue(ConnectionManagementProperties.Key.DISCOVERY_TIMEOUT);
    this.outboundProxy = outboundProxy == null ? null : NextHop.parse(outboundProxy);
    if (this.outboundProxy != null) {
      LOG.info(
          "Discovery of the outbound proxy is off because javax.sip.OUTBOUND_PROXY = {} is set",
          outboundProxy);
    }
  }

  /**
   * The hop of {@code request}; may wait for a discovery.
   *
   * @throws SipException when there is none; its cause is a {@link DiscoveryException} when
   *     discovery failed
   */
  @Override
  public Hop getNextHop(Request request) throws SipException {
    if (request.getMethod().equals(Request.CANCEL)) {
      return hopOfCancelled(request);
    }
    if (outboundProxy != null) {
      return named(request, null);
    }
    String domain = findDomain(request);
    if (domain == null) {
      if (MessageRouting.isRouted(request) || MessageRouting.isRoutable(request)) {
        return named(request, null);
      }
      throw noDomain(request);
    }
    NextHop known = knownHop(domain);
    if (MessageRouting.isRouted(request)
        && (known == null || !MessageRouting.repeatsHop(request, known))) {
      Hop hop = named(request, known);
      if (known != null && isProxy(hop, domain)) {
        // It opens no connection of its own: the pause of the discovery holds for it too.
        connectionTo(domain, request);
      }
      return hop;
    }
    ManagedConnection connection = connectionTo(domain, request);
    requireTlsIfAsked(request, connection, domain);
    return SecureHop.checked(stack, request, hopOf(connection));
  }

  /** The hop that Route, {@code maddr}, the explicit proxy or the request-URI names. */
  private Hop named(Request request, @Nullable NextHop discovered) throws SipException {
    // Read first: a strict Route takes the place of the request-URI.
    String uri = secureUri(request);
    Hop hop = MessageRouting.nextHop(request, outboundProxy);
    if (uri != null && !SecureHop.isSecure(hop.getTransport())) {
      throw new SipException(
          "Cannot send "
              + request.getMethod()
              + ": its request-URI "
              + uri
              + " asks for TLS, found "
              + hop
              + " in javax.sip.OUTBOUND_PROXY or Route; name TLS there, or use a sip: URI");
    }
    if (discovered != null
        && SecureHop.isSecure(discovered.getTransport())
        && !SecureHop.isSecure(hop.getTransport())) {
      throw new SipException(
          "Cannot send "
              + request.getMethod()
              + " to "
              + hop
              + ": it would be sent unencrypted, bypassing the outbound proxy "
              + discovered
              + ", which was found over TLS; name TLS in Route or maddr, or leave them out");
    }
    return resolved(SecureHop.checked(stack, request, hop));
  }

  /** CANCEL goes where its request went, and never starts or waits for a discovery. */
  private Hop hopOfCancelled(Request request) throws SipException {
    Object invite = stack.findCancelTransaction((SIPRequest) request, false);
    if (invite instanceof ClientTransactionExt transaction && transaction.getNextHop() != null) {
      return transaction.getNextHop();
    }
    if (outboundProxy != null || MessageRouting.isRouted(request)) {
      return named(request, null);
    }
    String domain = findDomain(request);
    ManagedConnection open = domain == null ? null : discovery.ofDomain(domain).open();
    if (open == null) {
      throw new SipException(
          "Cannot send CANCEL: expected the client transaction of its request or an open connection"
              + " to the outbound proxy, found neither");
    }
    return SecureHop.checked(stack, request, hopOf(open));
  }

  private @Nullable NextHop knownHop(String domain) {
    DiscoveryResult found = discovery.ofDomain(domain).lastConnected();
    ManagedConnection connection = found == null ? null : found.connection();
    return connection == null ? null : hopOf(connection);
  }

  private boolean isProxy(Hop hop, String domain) {
    DiscoveryResult found = discovery.ofDomain(domain).lastConnected();
    ManagedConnection proxy = found == null ? null : found.connection();
    return proxy != null
        && hop.getPort() == proxy.remoteAddress().getPort()
        && hop.getTransport().equalsIgnoreCase(proxy.transport())
        && (MessageRouting.isSameHost(hop.getHost(), hopOf(proxy).getHost())
            || MessageRouting.isSameHost(
                hop.getHost(), proxy.remoteAddress().getAddress().getHostAddress()));
  }

  private static NextHop hopOf(ManagedConnection connection) {
    InetSocketAddress peer = connection.remoteAddress();
    String name = connection.peerName();
    // Over TLS the name is part of who the peer is: another name there is another connection.
    String host =
        name != null && connection.transport().equalsIgnoreCase("TLS")
            ? name
            : peer.getAddress().getHostAddress();
    return new NextHop(host, peer.getPort(), connection.transport());
  }

  /** RFC 3261 section 8.1.2: the first hop of a request to a sips URI is TLS. */
  private static void requireTlsIfAsked(
      Request request, ManagedConnection connection, String domain) throws SipException {
    String uri = secureUri(request);
    if (uri != null && !connection.transport().equalsIgnoreCase("TLS")) {
      throw new SipException(
          text(request, domain)
              + "its request-URI "
              + request.getRequestURI()
              + " asks for TLS, found "
              + ConnectionText.of(connection.remoteAddress())
              + "/"
              + connection.transport()
              + "; set net.conmgmt.sip.TLS_ONLY = true, or use a sip: URI");
    }
  }

  private static @Nullable String secureUri(Request request) {
    return request.getRequestURI() instanceof SipURI uri && uri.isSecure() ? uri.toString() : null;
  }

  private Hop resolved(Hop hop) {
    return stack.getAddressResolver().resolveAddress(hop);
  }

  /** The domain whose outbound proxy the request takes, or null where it names none. */
  private @Nullable String findDomain(Request request) {
    if (!fixedDomain.isEmpty()) {
      return fixedDomain;
    }
    String domain = domainIn(request, userHeader(request));
    if (domain == null) {
      // An anonymous caller (RFC 3323) says there who it is (RFC 3325).
      domain = domainIn(request, PPreferredIdentityHeader.NAME);
    }
    return domain == null ? discovery.onlyFoundDomain() : domain;
  }

  private static String userHeader(Request request) {
    return request.getMethod().equals(Request.REGISTER) ? ToHeader.NAME : FromHeader.NAME;
  }

  private static @Nullable String domainIn(Request request, String header) {
    try {
      return domainOf(request, header);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String domainOf(Request request, String header) {
    if (request.getHeader(header) instanceof HeaderAddress user
        && user.getAddress().getURI() instanceof SipURI uri) {
      String domain = AddressOfRecord.domainOfHost(uri.getHost(), uri.toString());
      if (domain.equals("invalid") || domain.endsWith(".invalid")) {
        throw new IllegalArgumentException(
            "the domain of " + uri + " never exists (RFC 2606): the user is anonymous");
      }
      return domain;
    }
    throw new IllegalArgumentException("its " + header + " has no SIP URI");
  }

  private static SipException noDomain(Request request) {
    String reason = "";
    try {
      domainOf(request, userHeader(request));
    } catch (IllegalArgumentException e) {
      reason = String.valueOf(e.getMessage());
    }
    return new SipException(
        "Cannot route "
            + request.getMethod()
            + ": "
            + reason
            + ". Set net.conmgmt.sip.DOMAIN or javax.sip.OUTBOUND_PROXY");
  }

  private ManagedConnection connectionTo(String domain, Request request) throws SipException {
    DomainDiscovery state = discovery.ofDomain(domain);
    CompletableFuture<DiscoveryResult> future = state.connection();
    if (!future.isDone() && discovery.isOwnThread()) {
      throw new SipException(
          text(request, domain)
              + "it would have to wait for discovery on the thread that does the discovery;"
              + " send it from a thread of the application");
    }
    try {
      long wait = state.secondsToStart() >= timeoutSeconds ? 0 : timeoutSeconds;
      DiscoveryResult result = future.get(wait, TimeUnit.SECONDS);
      if (result.connection() == null) {
        throw new SipException(text(request, domain) + result.why(), result.toException());
      }
      return result.connection();
    } catch (TimeoutException e) {
      throw tooLate(request, domain, state);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SipException(text(request, domain) + "interrupted while discovery went on", e);
    } catch (ExecutionException e) {
      throw new SipException(text(request, domain) + "discovery failed: " + e.getCause(), e);
    }
  }

  private SipException tooLate(Request request, String domain, DomainDiscovery state) {
    StringBuilder why = new StringBuilder();
    long seconds = state.secondsToStart();
    if (seconds > 0) {
      why.append("the next discovery begins in ").append(seconds).append(" s");
    } else {
      why.append("discovery goes on");
    }
    why.append(", and a request waits at most ")
        .append(timeoutSeconds)
        .append(" s (net.conmgmt.sip.DISCOVERY_TIMEOUT)");
    DiscoveryResult last = state.last();
    if (last == null) {
      return new SipException(
          text(request, domain) + why,
          new DiscoveryException("No discovery of " + domain + " has ended yet", null, null));
    }
    why.append("; the last one: ").append(last.why());
    return new SipException(text(request, domain) + why, last.toException());
  }

  private static String text(Request request, String domain) {
    return "No outbound proxy of " + domain + " for " + request.getMethod() + ": ";
  }

  /** The explicit outbound proxy, or null; never one that was discovered. */
  @Override
  public @Nullable Hop getOutboundProxy() {
    return outboundProxy;
  }

  /** The one hop of {@link #getNextHop}, or null when there is none, which is logged. */
  @Override
  @Deprecated
  public @Nullable ListIterator<Hop> getNextHops(Request request) {
    try {
      return List.of(getNextHop(request)).listIterator();
    } catch (SipException e) {
      LOG.warn("No next hop for {}", request.getMethod(), e);
      return null;
    }
  }
}
