package net.conmgmt.sip.internal.time;

import java.time.Clock;

/** Gives the date and the time of day, for texts that people read and for certificates. */
public final class WallClock {

  private WallClock() {}

  /** That of the system, in UTC. */
  public static Clock system() {
    return Clock.systemUTC();
  }
}
