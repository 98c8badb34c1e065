package net.conmgmt.samples.proxy;

import gov.nist.javax.sip.message.MessageExt;
import java.util.List;
import java.util.ListIterator;
import javax.sip.SipException;
import javax.sip.SipStack;
import javax.sip.address.Hop;
import javax.sip.address.Router;
import javax.sip.message.Request;
import net.conmgmt.samples.sip.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's router: a request goes where the proxy decided and nowhere else. The decision travels
 * as the request's application data.
 */
public final class HopRouter implements Router {

  private final @Nullable String outboundProxy;

  /** Made by the stack. */
  public HopRouter(SipStack stack, @Nullable String outboundProxy) {
    this.outboundProxy = outboundProxy;
  }

  /** Says where {@code request} goes. */
  public static void direct(Request request, Flow flow) {
    ((MessageExt) request).setApplicationData(flow);
  }

  @Override
  public Hop getNextHop(Request request) throws SipException {
    if (((MessageExt) request).getApplicationData() instanceof Flow flow) {
      return flow;
    }
    throw new SipException(
        "No next hop was chosen for "
            + request.getMethod()
            + " "
            + request.getRequestURI()
            + "; the outbound proxy property is "
            + outboundProxy);
  }

  @Override
  @Deprecated
  public ListIterator<Hop> getNextHops(Request request) {
    try {
      return List.of(getNextHop(request)).listIterator();
    } catch (SipException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public @Nullable Hop getOutboundProxy() {
    return null;
  }
}
