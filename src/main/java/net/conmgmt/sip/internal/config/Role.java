package net.conmgmt.sip.internal.config;

import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The role of a stack in [MS-CONMGMT]. A client keeps alive the connections that it opens, an
 * outbound proxy watches those that it accepts ([MS-CONMGMT] 3.5), and a stack can do both.
 */
public enum Role {
  /** Offers keep-alive, and leaves the connections alone that peers open. */
  CLIENT,
  /**
   * Answers, watches and closes, and offers nothing on the connections that it opens ([MS-CONMGMT]
   * 3.4.4).
   */
  PROXY,
  /** Each on the connections that it is about. */
  BOTH;

  private static final String OUTBOUND_PROXY = "javax.sip.OUTBOUND_PROXY";
  private static final String ROUTER = "javax.sip.ROUTER_PATH";
  private static final String DISCOVERY_ROUTER = "net.conmgmt.sip.discovery.DiscoveryRouter";

  /** The role that a stack was given, or that which its other properties suggest. */
  static Role of(String given, Properties raw) {
    if (!given.isEmpty()) {
      return valueOf(given.toUpperCase(Locale.ROOT));
    }
    // Without a hint it must be both: a proxy that says nothing has to watch its clients, and a
    // user agent that says nothing has to keep its connection alive.
    return signOfClient(raw) == null ? BOTH : CLIENT;
  }

  /** The property by which a stack shows that it has an outbound proxy, or null. */
  static @Nullable String signOfClient(Properties raw) {
    if (DISCOVERY_ROUTER.equals(raw.getProperty(ROUTER, "").trim())) {
      return ROUTER;
    }
    return raw.getProperty(OUTBOUND_PROXY, "").isBlank() ? null : OUTBOUND_PROXY;
  }

  /** Whether connections that this side opens may be kept alive. */
  public boolean isClient() {
    return this != PROXY;
  }

  /** Whether connections that peers open are watched. */
  public boolean isProxy() {
    return this != CLIENT;
  }

  /** As it is written in a property. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
