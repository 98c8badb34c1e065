package net.conmgmt.sip.discovery;

/**
 * What autodiscovery does, as it does it. Calls come from the library's own threads; a listener
 * must return soon. What it throws is logged and harms nobody.
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
}
