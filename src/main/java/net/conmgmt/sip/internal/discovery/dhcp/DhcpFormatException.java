package net.conmgmt.sip.internal.discovery.dhcp;

/** Thrown for a malformed DHCP message. Its text says what was expected and what was found. */
final class DhcpFormatException extends Exception {

  private static final long serialVersionUID = 1L;

  DhcpFormatException(String message) {
    super(message);
  }
}
