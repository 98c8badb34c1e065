package net.conmgmt.sip.simulation;

import java.util.HashMap;
import java.util.Map;
import javax.sip.PeerUnavailableException;
import org.jspecify.annotations.Nullable;

/** What serves one world after the other: the stacks, and certificates. */
final class Stacks {

  private final Map<String, SimulatedStack> stacks = new HashMap<>();
  private @Nullable TlsWorld tls;

  SimulatedStack get(String name) {
    return stacks.computeIfAbsent(
        name,
        n -> {
          try {
            return new SimulatedStack(n);
          } catch (PeerUnavailableException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Made when it is first needed, as keys take their time. */
  TlsWorld tls() {
    TlsWorld made = tls == null ? new TlsWorld() : tls;
    tls = made;
    return made;
  }
}
