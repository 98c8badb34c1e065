package net.conmgmt.sip.internal.connection;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Decides whether a request may open a connection by itself. Thread-safe; does not block. */
public interface RequestConnects {

  /**
   * Why no request may connect to {@code peer} now, or null where it may. A proxy that was found is
   * connected by the next discovery, which keeps the pause that reconnecting has to keep.
   */
  @Nullable String refusal(InetSocketAddress peer, String transport);
}
