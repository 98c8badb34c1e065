package net.conmgmt.sip.discovery.dhcp;

import java.util.List;

/**
 * How the DHCP discovery ended. Immutable.
 *
 * @param names none, or the two host names in the order in which they are to be tried
 * @param detail how it ended, for a person
 * @param asked whether any server was asked at all; false without permission, without a suitable
 *     interface, or when switched off
 */
public record DhcpResult(List<String> names, String detail, boolean asked) {

  public DhcpResult {
    names = List.copyOf(names);
  }

  /** No server was asked. */
  public static DhcpResult notAsked(String detail) {
    return new DhcpResult(List.of(), detail, false);
  }
}
