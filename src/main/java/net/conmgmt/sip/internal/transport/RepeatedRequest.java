package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.stack.SIPClientTransaction;
import javax.sip.TransactionState;
import javax.sip.message.Request;
import org.jspecify.annotations.Nullable;

/**
 * A request that the RI sends again by itself: its timer E runs over TCP and TLS too as soon as a
 * provisional response has come, where RFC 3261 section 17.1.2.2 has none.
 */
final class RepeatedRequest {

  private RepeatedRequest() {}

  /**
   * The transaction that repeats its request with this message, or null where it is none: a request
   * that is sent for the first time has no response yet.
   */
  static @Nullable SIPClientTransaction transactionOf(SIPMessage message) {
    return message instanceof SIPRequest request
            && request.getTransaction() instanceof SIPClientTransaction transaction
            && TransactionState.PROCEEDING.equals(transaction.getState())
            && !Request.INVITE.equals(request.getMethod())
        ? transaction
        : null;
  }
}
