package net.conmgmt.sip.internal.discovery;

import java.util.List;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.jspecify.annotations.Nullable;

/**
 * How a discovery ended, for the rest of this package.
 *
 * @param report what was done
 * @param connection the established connection, or null on failure
 * @param failures what failed, the cause of the failure first
 */
public record DiscoveryResult(
    DiscoveryReport report, @Nullable ManagedConnection connection, List<Throwable> failures) {

  public DiscoveryResult {
    failures = List.copyOf(failures);
  }

  /** The failure as an exception: the first one is the cause, the others are suppressed. */
  public DiscoveryException toException() {
    String text = report.failure() == null ? "The connection was lost again" : report.failure();
    DiscoveryException exception =
        new DiscoveryException(text, report, failures.isEmpty() ? null : failures.get(0));
    failures.stream().skip(1).forEach(exception::addSuppressed);
    return exception;
  }
}
