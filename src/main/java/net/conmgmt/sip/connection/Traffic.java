package net.conmgmt.sip.connection;

/** When bytes last went over a connection, by the clock of its scheduler, in nanoseconds. */
public interface Traffic {

  /** The last bytes arrived. */
  long lastReceivedNanos();

  /** The last bytes were sent. */
  long lastSentNanos();
}
