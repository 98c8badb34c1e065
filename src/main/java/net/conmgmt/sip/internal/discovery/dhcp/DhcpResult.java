package net.conmgmt.sip.internal.discovery.dhcp;

import java.util.List;

/**
 * The outcome of a DHCP discovery. Immutable.
 *
 * @param names none, or the two host names in the order in which they are to be tried
 * @param rejected what servers sent that is not used, each with the rule that rejects it
 * @param detail how it ended, for a person
 * @param asked whether any server was asked at all; false without permission, without a suitable
 *     interface, or when switched off
 */
public record DhcpResult(List<String> names, List<String> rejected, String detail, boolean asked) {

  /** Copies the lists. */
  public DhcpResult {
    names = List.copyOf(names);
    rejected = List.copyOf(rejected);
  }

  /** No server was asked. */
  public static DhcpResult notAsked(String detail) {
    return new DhcpResult(List.of(), List.of(), detail, false);
  }
}
