package net.conmgmt.samples.ua;

import java.io.IOException;
import java.net.InetAddress;
import javax.sip.ListeningPoint;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import org.jspecify.annotations.Nullable;

/**
 * The address of a user agent's listening points, which is in its Contact and Via. When the machine
 * gets another address, the listening points have to move there. Not thread-safe.
 */
final class ListeningAddress {

  private final SipStack stack;
  private final SipProvider provider;

  ListeningAddress(SipStack stack, SipProvider provider) {
    this.stack = stack;
    this.provider = provider;
  }

  /**
   * Moves the listening points where a connection leaves from another address than theirs, as it
   * does only after theirs has gone. The connections made by the old ones end with them.
   *
   * @return the old address, or null where nothing has changed
   */
  @Nullable String follow(InetAddress own) throws SipException, IOException {
    String old = provider.getListeningPoints()[0].getIPAddress();
    InetAddress listening = InetAddress.getByName(old);
    if (listening.isAnyLocalAddress() || listening.equals(own)) {
      return null;
    }
    for (ListeningPoint point : provider.getListeningPoints()) {
      ListeningPoint moved = SampleUa.listen(stack, own.getHostAddress(), point.getTransport());
      provider.removeListeningPoint(point);
      provider.addListeningPoint(moved);
      stack.deleteListeningPoint(point);
    }
    return old;
  }
}
