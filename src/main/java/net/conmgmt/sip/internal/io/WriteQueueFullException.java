package net.conmgmt.sip.internal.io;

import java.io.IOException;

/** A peer does not read what is written to it. */
public final class WriteQueueFullException extends IOException {

  private static final long serialVersionUID = 1L;

  WriteQueueFullException(String message) {
    super(message);
  }
}
