package net.conmgmt.sip.internal.discovery;

import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a discovery, for the rest of this package.
 *
 * @param report what was done
 * @param cause the failure that says most, or null
 */
public record DiscoveryResult(DiscoveryReport report, @Nullable Throwable cause) {

  /** The connection that was established, or null on failure. */
  public @Nullable ManagedConnection connection() {
    return report.chosenConnection().orElse(null);
  }

  /** Why there is no connection, in one sentence. */
  public String why() {
    return report.failure() == null ? "the connection was lost again" : report.failure();
  }

  /** The details of the failure; the sentence of {@link #why} is for what wraps it. */
  public DiscoveryException toException() {
    return new DiscoveryException(
        "Autodiscovery of the outbound proxy of "
            + report.domain()
            + " ended after "
            + report.millis()
            + " ms. Tried: "
            + FailureText.tried(report.attempts()),
        report,
        cause);
  }
}
