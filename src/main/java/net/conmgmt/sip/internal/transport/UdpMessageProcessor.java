package net.conmgmt.sip.internal.transport;

import gov.nist.core.HostPort;
import gov.nist.javax.sip.ListeningPointImpl;
import gov.nist.javax.sip.header.Via;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.MessageProcessor;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import gov.nist.javax.sip.stack.UDPMessageChannel;
import gov.nist.javax.sip.stack.UDPMessageProcessor;
import java.io.IOException;
import java.net.InetAddress;
import java.text.ParseException;
import javax.sip.address.Hop;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;

/**
 * The RI's own UDP listening point, but for one thing: no message that leaves by it carries an
 * Ms-Keep-Alive header field, as one that was received from a TCP or TLS hop goes no further.
 *
 * <p>It stands in front of the RI's processor instead of extending it, because only the RI's
 * factory can tell the stack to send from the listening point's socket. The RI sends every message
 * that an application gives it on a channel that is created here; on the channels of its own it
 * sends only refusals, which it makes itself. Thread-safe as the RI's is.
 */
public final class UdpMessageProcessor extends MessageProcessor {

  private final UDPMessageProcessor stock;

  /**
   * Stands in front of {@code stock}.
   *
   * @param stock bound, not yet started
   */
  public UdpMessageProcessor(UDPMessageProcessor stock) {
    super(stock.getIpAddress(), stock.getPort(), stock.getTransport(), stock.getSIPStack());
    this.stock = stock;
  }

  @Override
  public MessageChannel createMessageChannel(HostPort target) throws IOException {
    return createMessageChannel(target.getInetAddress(), target.getPort());
  }

  @Override
  public MessageChannel createMessageChannel(InetAddress target, int port) {
    return new Channel(target, port, stock);
  }

  private static final class Channel extends UDPMessageChannel {

    Channel(InetAddress target, int port, UDPMessageProcessor stock) {
      super(target, port, stock.getSIPStack(), stock);
    }

    @Override
    public void sendMessage(SIPMessage message) throws IOException {
      MsKeepAliveHeaders.removeAll(message);
      super.sendMessage(message);
    }

    @Override
    public void sendMessage(SIPMessage message, Hop hop) throws IOException {
      MsKeepAliveHeaders.removeAll(message);
      super.sendMessage(message, hop);
    }

    @Override
    public void sendMessage(SIPMessage message, InetAddress receiver, int receiverPort)
        throws IOException {
      MsKeepAliveHeaders.removeAll(message);
      super.sendMessage(message, receiver, receiverPort);
    }
  }

  // --- the RI's own: its channels know the processor behind this one --------------------------

  @Override
  public void setListeningPoint(ListeningPointImpl listeningPoint) {
    super.setListeningPoint(listeningPoint);
    stock.setListeningPoint(listeningPoint);
  }

  @Override
  public void setSentBy(String sentBy) throws ParseException {
    super.setSentBy(sentBy);
    stock.setSentBy(sentBy);
  }

  @Override
  public String getSavedIpAddress() {
    return stock.getSavedIpAddress();
  }

  @Override
  public Via getViaHeader() {
    return stock.getViaHeader();
  }

  @Override
  public SIPTransactionStack getSIPStack() {
    return stock.getSIPStack();
  }

  @Override
  public void start() throws IOException {
    stock.start();
  }

  @Override
  public void stop() {
    stock.stop();
  }

  @Override
  public int getDefaultTargetPort() {
    return stock.getDefaultTargetPort();
  }

  @Override
  public boolean isSecure() {
    return stock.isSecure();
  }

  @Override
  public int getMaximumMessageSize() {
    return stock.getMaximumMessageSize();
  }

  @Override
  public boolean inUse() {
    return stock.inUse();
  }
}
