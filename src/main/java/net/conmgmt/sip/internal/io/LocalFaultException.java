package net.conmgmt.sip.internal.io;

import java.io.IOException;

/**
 * This machine cannot connect at all, whoever the peer is: it has no descriptor left, not the
 * address to connect from, or no network. Says nothing about the peer.
 */
public final class LocalFaultException extends IOException {

  private static final long serialVersionUID = 1L;

  /** With the words of {@code cause}. */
  public LocalFaultException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
