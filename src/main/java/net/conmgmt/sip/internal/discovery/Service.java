package net.conmgmt.sip.internal.discovery;

import net.conmgmt.sip.discovery.Candidate.Source;

/** The four services that are looked for in parallel ([MS-CONMGMT] 3.1.5). */
enum Service {
  SIPINTERNALTLS("_sipinternaltls._tcp.", "TLS", Source.SIPINTERNALTLS),
  SIPINTERNAL("_sipinternal._tcp.", "TCP", Source.SIPINTERNAL),
  SIP_TLS("_sip._tls.", "TLS", Source.SIP_TLS),
  SIP_TCP("_sip._tcp.", "TCP", Source.SIP_TCP);

  private final String prefix;
  private final String transport;
  private final Source source;

  Service(String prefix, String transport, Source source) {
    this.prefix = prefix;
    this.transport = transport;
    this.source = source;
  }

  /** The name to ask for SRV records. */
  String queryName(String domain) {
    return prefix + domain;
  }

  /** {@code TLS} or {@code TCP}. */
  String transport() {
    return transport;
  }

  boolean isTls() {
    return transport.equals("TLS");
  }

  /** What the entries from this query carry. */
  Source source() {
    return source;
  }
}
