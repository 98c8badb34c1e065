package net.conmgmt.sip.internal.time;

import java.time.Clock;

/** The date and the time of day, for what is said to people and for certificates. */
public final class WallClock {

  private WallClock() {}

  /** That of the system, in UTC. */
  public static Clock system() {
    return Clock.systemUTC();
  }
}
