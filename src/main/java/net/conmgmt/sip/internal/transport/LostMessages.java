package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.ListeningPointImpl;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.SIPTransaction;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.sip.IOExceptionEvent;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells an application of a message that waited for a connection which did not open: its
 * transaction ends, and {@code processIOException} is called, as for any failure that the RI finds
 * after the call that sent the message. Stateless.
 */
final class LostMessages {

  private static final Logger LOG = LogManager.getLogger(LostMessages.class);

  private LostMessages() {}

  /** Tells of it on one of the workers, as a listener may take its time. */
  static void tell(
      SIPMessage message, ManagedMessageChannel channel, IOException cause, Executor workers) {
    LOG.debug("{}: not sent: {}", channel, message.getFirstLine(), cause);
    try {
      workers.execute(() -> tell(message, channel));
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: the stack stops, nobody hears of a lost message", channel, e);
    }
  }

  private static void tell(SIPMessage message, ManagedMessageChannel channel) {
    SIPTransaction transaction = transactionOf(message, channel);
    if (transaction != null && transaction.getSipProvider() != null) {
      transaction.raiseIOExceptionEvent();
      return;
    }
    ListeningPointImpl point = channel.getMessageProcessor().getListeningPoint();
    if (point != null && point.getProvider() != null) {
      IOExceptionEvent event =
          new IOExceptionEvent(
              message, channel.getPeerAddress(), channel.getPeerPort(), channel.getTransport());
      point.getProvider().handleEvent(event, null);
    }
  }

  private static @Nullable SIPTransaction transactionOf(
      SIPMessage message, ManagedMessageChannel channel) {
    if (message instanceof SIPRequest request
        && request.getTransaction() instanceof SIPTransaction own) {
      return own;
    }
    return message instanceof SIPResponse
        ? channel.getSIPStack().findTransaction(message, true)
        : null;
  }
}
