package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.stack.DefaultRouter;
import gov.nist.javax.sip.stack.HopImpl;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.io.IOException;
import javax.sip.address.Hop;
import javax.sip.address.Router;
import net.conmgmt.sip.internal.config.HostNames;

/**
 * Makes the RI's router name the proxy of {@code javax.sip.OUTBOUND_PROXY} by its A-labels. It
 * keeps the name as it is written, and for an ACK the RI asks the JDK for the address of that,
 * which no DNS server has, before it asks this transport.
 */
final class OutboundProxyName {

  private OutboundProxyName() {}

  /** Idempotent. A name without certain A-labels stays: it is refused when a request is sent. */
  static void toAscii(SIPTransactionStack stack) throws IOException {
    Router router = stack.getRouter();
    Hop proxy = router instanceof DefaultRouter ? router.getOutboundProxy() : null;
    if (proxy == null || proxy.getHost().chars().allMatch(letter -> letter < 128)) {
      return;
    }
    Hop ascii =
        new HopImpl(HostNames.comparable(proxy.getHost()), proxy.getPort(), proxy.getTransport());
    RiField.use(DefaultRouter.class, "defaultRoute", route -> route.set(router, ascii));
  }
}
