package net.conmgmt.sip.internal.discovery;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.sip.ListeningPoint;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.address.Hop;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.internal.connection.ConnectionText;
import org.jspecify.annotations.Nullable;

/**
 * Prevents a TLS hop from being reached in clear. Where the sending provider has no listening point
 * for the hop's transport, the RI uses the one of the topmost Via, which may be TCP or UDP.
 * Stateless.
 */
public final class SecureHop {

  private SecureHop() {}

  /** Whether what goes over that transport is encrypted. */
  public static boolean isSecure(String transport) {
    return transport.equalsIgnoreCase("TLS") || transport.equalsIgnoreCase("WSS");
  }

  /**
   * Returns {@code hop}, which is refused where it is a secure one and no provider that may send
   * the request can do its transport.
   */
  public static Hop checked(SipStack stack, Request request, Hop hop) throws SipException {
    if (!isSecure(hop.getTransport())) {
      return hop;
    }
    List<SipProvider> senders = new ArrayList<>();
    List<SipProvider> all = new ArrayList<>();
    for (Iterator<?> i = stack.getSipProviders(); i.hasNext(); ) {
      SipProvider provider = (SipProvider) i.next();
      all.add(provider);
      if (isOf(provider, (ViaHeader) request.getHeader(ViaHeader.NAME))) {
        senders.add(provider);
      }
    }
    List<SipProvider> possible = senders.isEmpty() ? all : senders;
    // Without a provider nothing is sent at all.
    if (all.isEmpty()
        || possible.stream().anyMatch(p -> p.getListeningPoint(hop.getTransport()) != null)) {
      return hop;
    }
    throw new SipException(refusal(request, hop, listeningPoints(possible)));
  }

  /**
   * Why a request is not sent to a secure hop.
   *
   * @param found what it would leave by, in clear
   */
  public static String refusal(Request request, Hop hop, String found) {
    return "Cannot send "
        + request.getMethod()
        + " to "
        + ConnectionText.of(hop.getHost(), hop.getPort())
        + "/"
        + hop.getTransport()
        + ": expected a listening point for "
        + hop.getTransport()
        + " at the sending SipProvider, found "
        + found
        + ", over which it would leave in clear; add one"
        + " (SipStack.createListeningPoint, SipProvider.addListeningPoint), or name another"
        + " transport in javax.sip.OUTBOUND_PROXY, Route or the request-URI";
  }

  /** Whether an application that sends by that provider would write that Via. */
  private static boolean isOf(SipProvider provider, @Nullable ViaHeader via) {
    if (via == null || via.getTransport() == null) {
      return false;
    }
    ListeningPoint point = provider.getListeningPoint(via.getTransport());
    return point != null && (via.getPort() == -1 || via.getPort() == point.getPort());
  }

  private static String listeningPoints(List<SipProvider> providers) {
    List<String> points = new ArrayList<>();
    for (SipProvider provider : providers) {
      for (ListeningPoint point : provider.getListeningPoints()) {
        points.add(
            ConnectionText.of(point.getIPAddress(), point.getPort())
                + "/"
                + point.getTransport().toUpperCase(Locale.ROOT));
      }
    }
    return points.isEmpty() ? "none" : String.join(", ", points);
  }
}
