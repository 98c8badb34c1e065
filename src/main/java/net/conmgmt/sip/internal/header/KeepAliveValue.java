package net.conmgmt.sip.internal.header;

import java.io.Serializable;
import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import org.jspecify.annotations.Nullable;

/**
 * What one Ms-Keep-Alive value says, as far as the negotiation asks, or why it says nothing.
 * Immutable.
 *
 * @param role null only with a fault
 * @param hopByHop whether it names hop-by-hop keep-alive
 * @param reserved whether it says yes to a mechanism that is reserved
 * @param timeoutSeconds T, or {@link #NO_TIMEOUT}
 * @param fault what is wrong with it; null where nothing is
 */
record KeepAliveValue(
    @Nullable Role role,
    boolean hopByHop,
    boolean reserved,
    int timeoutSeconds,
    @Nullable String fault)
    implements Serializable {

  static final int NO_TIMEOUT = -1;

  private static final long serialVersionUID = 1L;

  static KeepAliveValue malformed(String fault) {
    return new KeepAliveValue(null, false, false, NO_TIMEOUT, fault);
  }
}
