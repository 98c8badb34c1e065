package net.conmgmt.sip;

/**
 * The reason why a keep-alive negotiation failed ([MS-CONMGMT] 3.4.5, RFC 6223, RFC 5626). {@link
 * ManagedConnection#side()} says which side noticed: a client judges answers, a proxy judges
 * offers.
 */
public enum KeepAliveFailure {
  /** Client and proxy: the response to the request with the offer was not a success (2xx). */
  NOT_SUCCESSFUL,
  /** Client: the response does not speak of it, so the peer does not negotiate in this dialect. */
  ABSENT,
  /** Client: the response has more than one Ms-Keep-Alive header field, so none is believed. */
  REPEATED,
  /** Client and proxy: the Ms-Keep-Alive header field does not follow the grammar. */
  MALFORMED,
  /** Client: the answer has the role UAC, so it is the offer sent back as it was. */
  MIRRORED,
  /** Proxy: the header field of a request has the role UAS, so it offers nothing. */
  NOT_AN_OFFER,
  /** Client and proxy: the peer does not say {@code hop-hop=yes}. */
  NO_COMMON_MECHANISM,
  /** Client: the answer has no timeout. */
  NO_TIMEOUT,
  /** Client: the timeout of the answer is 0, which leaves nothing to keep alive. */
  ZERO_TIMEOUT,
  /** Client: the timeout is below {@code net.conmgmt.sip.KEEP_ALIVE_FLOOR} and so ignored. */
  TOO_SHORT,
  /**
   * Client: {@code keep} came back without a value, so the next hop does not accept keep-alives.
   */
  REFUSED,
  /**
   * Client: a Flow-Timer without {@code Require: outbound}: it times the keep-alives, but the
   * registrar does not do outbound.
   */
  NOT_IN_FORCE,
  /** Client: 439, the first hop does not support outbound, so the next REGISTER goes without it. */
  FIRST_HOP_LACKS_SUPPORT,
  /** Proxy: a Contact has {@code reg-id} without {@code +sip.instance}, or there are several. */
  NO_SINGLE_FLOW
}
