package net.conmgmt.sip.internal.connection;

import java.util.concurrent.CompletableFuture;

/**
 * A connection that is open but that its peer may still refuse: a TLS 1.3 server checks the
 * client's certificate only after the client has finished the handshake. Thread-safe.
 */
public interface Provisional {

  /**
   * Completes when the peer has taken the connection, which not every server shows; exceptionally
   * when it refuses or ends it before. Done from the start where the peer cannot refuse any more.
   */
  CompletableFuture<?> verdict();
}
