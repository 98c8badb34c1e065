package net.conmgmt.sip.discovery;

/**
 * One entry of the candidate sequence ([MS-CONMGMT] 3.1.5): where the outbound proxy may be.
 *
 * @param host the name to look up; without trailing dot
 * @param port the port
 * @param transport {@code TLS} or {@code TCP}
 * @param source where the entry comes from
 */
public record Candidate(String host, int port, String transport, Source source) {

  /** Where an entry comes from, in the order of the sequence ([MS-CONMGMT] 3.1.5). */
  public enum Source {
    /** SRV of {@code _sipinternaltls._tcp}. */
    SIPINTERNALTLS,
    /** A name of DHCP option 120, over TLS. */
    DHCP_TLS,
    /** SRV of {@code _sipinternal._tcp}. */
    SIPINTERNAL,
    /** A name of DHCP option 120, over TCP. */
    DHCP_TCP,
    /** SRV of {@code _sip._tls}. */
    SIP_TLS,
    /** SRV of {@code _sip._tcp}. */
    SIP_TCP,
    /** A customary host name of the domain, without any SRV record. */
    FALL_BACK
  }

  @Override
  public String toString() {
    return host + ":" + port + "/" + transport;
  }
}
