package net.conmgmt.sip.internal.connection;

/** A connection that knows whether its peer has answered any request. Thread-safe. */
public interface Answering {

  /** Whether any response to a request of this side has arrived on it. */
  boolean hasAnswered();
}
