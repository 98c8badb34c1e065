package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.ListeningPointImpl;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.SIPClientTransaction;
import gov.nist.javax.sip.stack.SIPTransaction;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.sip.IOExceptionEvent;
import javax.sip.message.Response;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells an application of a message that waited for a connection which did not open: its
 * transaction ends, and {@code processIOException} is called, as for any failure that the RI finds
 * after the call that sent the message; with {@code NIO_BLOCKING_MODE = NONBLOCKING} a request is
 * answered with 503 instead, as the RI does. Stateless.
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
    if (transaction instanceof SIPClientTransaction && channel.answersWhatIsNotSent()) {
      answer((SIPRequest) message, channel);
      return;
    }
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

  /** With NIO_BLOCKING_MODE = NONBLOCKING (RFC 3261 section 8.1.3.1). */
  private static void answer(SIPRequest request, ManagedMessageChannel channel) {
    try {
      channel.deliverOwn(
          request.createResponse(Response.SERVICE_UNAVAILABLE, "The request could not be sent"));
    } catch (Exception e) {
      LOG.warn("{}: the 503 to a request that could not be sent was not delivered", channel, e);
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
