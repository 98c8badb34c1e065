package net.conmgmt.sip.internal.discovery.dhcp;

/** A DHCP message that breaks its format. The message says what was expected and found. */
final class DhcpFormatException extends Exception {

  private static final long serialVersionUID = 1L;

  DhcpFormatException(String message) {
    super(message);
  }
}
