package net.conmgmt.sip.internal.io;

import java.io.IOException;

/**
 * Thrown when this machine cannot connect to anybody: it has no descriptor left, it does not have
 * the address to connect from, or it has no network. The fault says nothing about the peer.
 */
public final class LocalFaultException extends IOException {

  private static final long serialVersionUID = 1L;

  /** With the words of {@code cause}. */
  public LocalFaultException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
