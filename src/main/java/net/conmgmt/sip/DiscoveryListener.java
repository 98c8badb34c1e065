package net.conmgmt.sip;

import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;

/**
 * What autodiscovery does. Calls come from the stack's workers, one at a time and in order; a
 * listener may send. What it throws is logged and harms nobody.
 */
public interface DiscoveryListener {

  /** A query was answered, failed or timed out. */
  default void queryDone(String domain, DiscoveryReport.Query query) {}

  /** An entry has its turn. */
  default void candidate(String domain, Candidate candidate) {}

  /** An address look-up or a connect has ended. */
  default void attempt(String domain, DiscoveryReport.Attempt attempt) {}

  /** The discovery has ended. */
  default void done(DiscoveryReport report) {}

  /**
   * The connection to the outbound proxy is lost, and not because this side closed it: nobody can
   * reach the user agent any more, so it has to register again, which may be done here. Its next
   * request discovers the proxy anew; with {@code net.conmgmt.sip.REDISCOVERY=at-once} that is
   * under way already, and {@link #done} tells how it ends.
   */
  default void lost(String domain, ManagedConnection connection, CloseReason reason) {}
}
