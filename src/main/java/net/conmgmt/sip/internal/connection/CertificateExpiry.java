package net.conmgmt.sip.internal.connection;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Tells when the first of the certificates that a stack presents expires. There is one for each
 * stack; it is thread-safe.
 */
public interface CertificateExpiry {

  /** When the first of them expires; null where there is none. */
  @Nullable Instant earliest();
}
