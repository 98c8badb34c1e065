package net.conmgmt.sip.transport;

/** The bytes of a stream cannot be split into SIP messages any more; the connection must end. */
final class FramingException extends Exception {

  private static final long serialVersionUID = 1L;

  FramingException(String message) {
    super(message);
  }
}
