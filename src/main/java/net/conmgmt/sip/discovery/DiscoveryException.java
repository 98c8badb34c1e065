package net.conmgmt.sip.discovery;

import org.jspecify.annotations.Nullable;

/** The failure of an autodiscovery. The message says what was tried; the report says everything. */
public final class DiscoveryException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient @Nullable DiscoveryReport report;

  /**
   * A failure.
   *
   * @param message what was tried and what to change
   * @param report what was done; null where nothing was
   * @param cause what failed first; null where nothing was thrown
   */
  public DiscoveryException(
      String message, @Nullable DiscoveryReport report, @Nullable Throwable cause) {
    super(message, cause);
    this.report = report;
  }

  /** What was done, or null where nothing was (or after deserialisation). */
  public @Nullable DiscoveryReport report() {
    return report;
  }
}
