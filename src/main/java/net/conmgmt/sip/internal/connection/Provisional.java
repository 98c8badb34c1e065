package net.conmgmt.sip.internal.connection;

import java.util.concurrent.CompletableFuture;

/**
 * A connection that its peer may still refuse though it is open: a server of TLS 1.3 judges the
 * certificate that it asked for, or that there is none, after the client is done. Thread-safe.
 */
public interface Provisional {

  /**
   * Completes when the peer has taken the connection, which not every server shows; exceptionally
   * when it refuses or ends it before. Done from the start where the peer cannot refuse any more.
   */
  CompletableFuture<?> verdict();
}
