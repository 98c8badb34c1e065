package net.conmgmt.sip.internal.io;

import java.io.IOException;

/** Thrown when too many bytes wait for a peer that does not read them. */
public final class WriteQueueFullException extends IOException {

  private static final long serialVersionUID = 1L;

  WriteQueueFullException(String message) {
    super(message);
  }
}
