package net.conmgmt.sip.internal.framing;

/** The bytes of a stream cannot be split into SIP messages any more; the connection must end. */
public final class FramingException extends Exception {

  private static final long serialVersionUID = 1L;

  public FramingException(String message) {
    super(message);
  }
}
