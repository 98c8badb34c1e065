package net.conmgmt.sip.internal.discovery;

/**
 * One DNS SRV record (RFC 2782).
 *
 * @param priority smaller is tried first
 * @param weight share among records of one priority
 * @param port the port of the service
 * @param target the host as a DNS name, or {@code .} for no service
 */
record ServiceRecord(int priority, int weight, int port, String target) {

  @Override
  public String toString() {
    return priority + " " + weight + " " + port + " " + target;
  }
}
