package net.conmgmt.sip.internal.discovery.dhcp;

import java.util.List;

/** Opens the DHCP client port on every interface where DHCP applies. */
@FunctionalInterface
public interface DhcpLinks {

  /** Opens what can be opened; the caller closes the links. */
  Opened open();

  /**
   * What was opened.
   *
   * @param links one for each interface, in no particular order
   * @param failures one text for each interface that should have been opened but was not
   */
  record Opened(List<DhcpLink> links, List<String> failures) {
    /** Copies the lists. */
    public Opened {
      links = List.copyOf(links);
      failures = List.copyOf(failures);
    }
  }
}
