package net.conmgmt.sip.internal.discovery;

import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The failure of an entry that explains most. The failure of a server that DNS names explains more
 * than that of a customary name, and a later stage more than an earlier one.
 */
record MostTelling(Candidate candidate, Outcome outcome, Throwable cause) {

  private static final Logger LOG = LogManager.getLogger(MostTelling.class);

  /** A chain of causes may be a circle. */
  private static final int MOST_CAUSES = 16;

  /** The cause as a user sees it; where our threads were when it happened tells a user nothing. */
  Throwable withoutTraces() {
    LOG.debug("{}: {}", candidate, outcome, cause);
    int depth = 0;
    for (Throwable t = cause; t != null && depth < MOST_CAUSES; t = t.getCause()) {
      t.setStackTrace(new StackTraceElement[0]);
      depth++;
    }
    return cause;
  }

  /** The one that says more; the first of two alike. */
  MostTelling or(MostTelling later) {
    return later.rank() > rank() ? later : this;
  }

  private int rank() {
    int named = candidate.source() == Candidate.Source.FALL_BACK ? 0 : 3;
    return switch (outcome) {
      case REFUSED -> 6;
      case CONNECT_FAILED -> 2 + named;
      case LOOKUP_FAILED -> 1 + named;
      case CONNECTED, SKIPPED, POSTPONED -> named;
    };
  }
}
