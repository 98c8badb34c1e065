package net.conmgmt.sip.transport;

import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.stack.MessageProcessor;
import gov.nist.javax.sip.stack.MessageProcessorFactory;
import gov.nist.javax.sip.stack.NioMessageProcessorFactory;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.io.IOException;
import java.net.InetAddress;
import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.header.MsKeepAliveHeaderRegistration;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Gives a stack managed TCP connections. Name it in the stack property {@code
 * gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY}; the RI creates it. TCP is managed; every other
 * transport is the RI's own.
 */
public final class ManagedMessageProcessorFactory implements MessageProcessorFactory {

  private static final Logger LOG = LogManager.getLogger(ManagedMessageProcessorFactory.class);

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
      return new ManagedMessageProcessor(ipAddress, port, sipStack, TransportHub.of(scope));
    }
    if (transport.equalsIgnoreCase("TLS")) {
      LOG.warn(
          "TLS on {}:{} is the RI's own transport: not managed, no keep-alive, no name check",
          ipAddress.getHostAddress(),
          port);
    }
    return stock.createMessageProcessor(sipStack, ipAddress, port, transport);
  }
}
