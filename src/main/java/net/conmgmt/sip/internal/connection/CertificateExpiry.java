package net.conmgmt.sip.internal.connection;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Until when the certificates that a stack shows are good. A part of its stack; thread-safe. */
public interface CertificateExpiry {

  /** When the first of them expires; null where there is none. */
  @Nullable Instant earliest();
}
