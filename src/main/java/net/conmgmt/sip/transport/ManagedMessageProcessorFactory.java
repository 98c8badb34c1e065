package net.conmgmt.sip.transport;

import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.stack.MessageProcessor;
import gov.nist.javax.sip.stack.MessageProcessorFactory;
import gov.nist.javax.sip.stack.NioMessageProcessorFactory;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import gov.nist.javax.sip.stack.UDPMessageProcessor;
import java.io.IOException;
import java.net.InetAddress;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaderRegistration;
import net.conmgmt.sip.internal.transport.ManagedMessageProcessor;
import net.conmgmt.sip.internal.transport.SecureWebSocketMessageProcessor;
import net.conmgmt.sip.internal.transport.StackTransport;
import net.conmgmt.sip.internal.transport.TlsContexts;
import net.conmgmt.sip.internal.transport.UdpMessageProcessor;
import net.conmgmt.sip.internal.transport.WebSocketMessageProcessor;

/**
 * Gives a stack managed TCP and TLS connections. Name it in the stack property {@code
 * gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY}; the RI creates it. TCP and TLS are managed; every
 * other transport is the RI's own, except that no Ms-Keep-Alive header field leaves by UDP or
 * WebSocket.
 */
public final class ManagedMessageProcessorFactory implements MessageProcessorFactory {

  private final MessageProcessorFactory stock = new NioMessageProcessorFactory();

  /** For the RI, which creates it by name. */
  public ManagedMessageProcessorFactory() {
    MsKeepAliveHeaderRegistration.ensureRegistered();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a property of this library has a bad value
   */
  @Override
  public MessageProcessor createMessageProcessor(
      SIPTransactionStack sipStack, InetAddress ipAddress, int port, String transport)
      throws IOException {
    StackScope scope = StackScope.of((SipStackImpl) sipStack);
    if (transport.equalsIgnoreCase("TCP")) {
      return new ManagedMessageProcessor(ipAddress, port, sipStack, StackTransport.of(scope), null);
    }
    if (transport.equalsIgnoreCase("TLS")) {
      TlsContexts tls = new TlsContexts((SipStackImpl) sipStack, scope.properties());
      return new ManagedMessageProcessor(ipAddress, port, sipStack, StackTransport.of(scope), tls);
    }
    boolean webSocket = transport.equalsIgnoreCase("WS");
    if (webSocket || transport.equalsIgnoreCase("WSS")) {
      // With a gateway that does TLS, the stack does what the name does not say.
      boolean gateway =
          "true"
              .equals(
                  ((SipStackImpl) sipStack)
                      .getConfigurationProperties()
                      .getProperty("gov.nist.javax.sip.USE_TLS_GATEWAY"));
      String name = webSocket ? "WS" : "WSS";
      return webSocket == gateway
          ? new SecureWebSocketMessageProcessor(ipAddress, sipStack, port, name)
          : new WebSocketMessageProcessor(ipAddress, sipStack, port, name);
    }
    MessageProcessor own = stock.createMessageProcessor(sipStack, ipAddress, port, transport);
    return own instanceof UDPMessageProcessor udp ? new UdpMessageProcessor(udp) : own;
  }
}
