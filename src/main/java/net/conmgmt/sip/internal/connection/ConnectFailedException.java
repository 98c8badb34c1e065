package net.conmgmt.sip.internal.connection;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Thrown when a TCP connection cannot be established. */
public final class ConnectFailedException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String detail;
  private final boolean ofThisMachine;

  /**
   * A failure.
   *
   * @param peer what was to be connected
   * @param detail why that failed, without naming the peer
   * @param ofThisMachine whether that says nothing about the peer
   */
  public ConnectFailedException(
      String peer, String detail, boolean ofThisMachine, @Nullable Throwable cause) {
    super("Could not connect to " + peer + ": " + detail, cause);
    this.detail = detail;
    this.ofThisMachine = ofThisMachine;
  }

  /** Why, without the peer. */
  public String detail() {
    return detail;
  }

  /** Whether this machine could not have connected to anybody. */
  public boolean isOfThisMachine() {
    return ofThisMachine;
  }
}
