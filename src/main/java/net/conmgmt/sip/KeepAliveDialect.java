package net.conmgmt.sip;

import java.util.Locale;

/**
 * The ways in which two ends agree on keep-alives. What is sent, CR LF CR LF, is the same in all of
 * them. The property {@code net.conmgmt.sip.KEEP_ALIVE_DIALECTS} names those that a stack speaks.
 */
public enum KeepAliveDialect {
  /** The Ms-Keep-Alive header field of [MS-CONMGMT]. */
  MS,
  /** The {@code keep} parameter of Via, RFC 6223. */
  KEEP,
  /** SIP outbound, RFC 5626: {@code reg-id} in a REGISTER, {@code Flow-Timer} in its response. */
  OUTBOUND;

  /** The word that the property, log lines and events have for it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
