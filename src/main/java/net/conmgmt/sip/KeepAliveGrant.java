package net.conmgmt.sip;

/**
 * The agreement on keep-alives that was reached in one dialect on one connection. Immutable.
 *
 * @param dialect how it was agreed on
 * @param timeoutSeconds the T of the peer; on the client side, where the peer left the interval to
 *     this side, the longest that is waited
 */
public record KeepAliveGrant(KeepAliveDialect dialect, int timeoutSeconds) {}
