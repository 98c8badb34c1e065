package net.conmgmt.sip.internal.connection;

/** A connection of which it is known whether the peer has served anybody. Thread-safe. */
public interface Answering {

  /** Whether any response to a request of this side has arrived on it. */
  boolean hasAnswered();
}
