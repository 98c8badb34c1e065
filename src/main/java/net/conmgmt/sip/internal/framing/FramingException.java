package net.conmgmt.sip.internal.framing;

/** Thrown when a stream cannot be split into SIP messages any more, so that it must end. */
public final class FramingException extends Exception {

  private static final long serialVersionUID = 1L;

  public FramingException(String message) {
    super(message);
  }
}
