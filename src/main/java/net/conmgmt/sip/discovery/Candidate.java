package net.conmgmt.sip.discovery;

/**
 * One entry of the candidate sequence (3.1.5): where the outbound proxy may be.
 *
 * @param host the name to look up; without trailing dot
 * @param port the port
 * @param transport {@code TLS} or {@code TCP}
 * @param source where the entry comes from
 */
public record Candidate(String host, int port, String transport, Source source) {

  /** Where an entry comes from, in the order of the sequence (3.1.5). */
  public enum Source {
    SIPINTERNALTLS,
    DHCP_TLS,
    SIPINTERNAL,
    DHCP_TCP,
    SIP_TLS,
    SIP_TCP,
    FALL_BACK
  }

  @Override
  public String toString() {
    return host + ":" + port + "/" + transport;
  }
}
