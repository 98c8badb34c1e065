package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import net.conmgmt.sip.KeepAliveDialect;

/**
 * One way to agree on keep-alives: what is offered, what an answer comes to, what is answered. It
 * knows no connection and no time, and keeps nothing: which offers are open, what was granted and
 * when a keep-alive is due is the handlers' business, the same for all dialects. Thread-safe.
 */
interface Dialect {

  /** Its name. */
  KeepAliveDialect name();

  // --- the client ------------------------------------------------------------------------------

  /**
   * Whether a request carries an offer.
   *
   * @param granted whether something is granted in this dialect on the connection already
   */
  boolean offersOn(SIPRequest request, boolean granted);

  /** Puts the offer into a request that leaves, once however often it is called. */
  void offer(SIPRequest request);

  /** Takes out what an earlier use of the same request object has left; there is no offer on it. */
  default void withdraw(SIPRequest request) {}

  /** What a response comes to whose request carried the offer. */
  Verdict verdict(SIPResponse response, Offered offered);

  /** Whether a message, sent or received, ends what was granted. */
  default boolean ends(SIPMessage message, Grant grant) {
    return false;
  }

  /** Whether a registration that is granted this is a flow, recovered by RFC 5626 section 4.5. */
  default boolean keepsFlows() {
    return false;
  }

  // --- the proxy -------------------------------------------------------------------------------

  /** Whether a request that arrived makes an offer that can be accepted. */
  Verdict judge(SIPRequest request);

  /** The flow of its device that a request with a good offer names; 0 where there is but one. */
  default int flowOf(SIPRequest request) {
    return 0;
  }

  /** Whether the answer to an accepted offer is in provisional responses as well as in success. */
  default boolean answersInProvisional() {
    return false;
  }

  /** Puts the answer into a response that leaves, once however often it is called. */
  void answer(SIPResponse response, int timeoutSeconds);
}
