package net.conmgmt.sip.internal.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import org.jspecify.annotations.Nullable;

/**
 * Finds properties that are valid but will not do what was meant: unknown names, and combinations
 * that defeat their purpose. Reports each in one line. Pure functions.
 */
public final class PropertyLint {

  private static final String RI = "gov.nist.javax.sip.";
  private static final String FACTORY_PROPERTY = RI + "MESSAGE_PROCESSOR_FACTORY";
  private static final String OUTBOUND_PROXY = "javax.sip.OUTBOUND_PROXY";
  private static final String ROUTER_PATH = "javax.sip.ROUTER_PATH";
  private static final String FACTORY = "net.conmgmt.sip.transport.ManagedMessageProcessorFactory";

  /**
   * What may stand before one of our names by mistake: the table of properties.md has them without
   * prefix.
   */
  private static final List<String> OTHER_PREFIXES =
      List.of("", "javax.sip.", RI, "net.conmgmt.", "conmgmt.sip.");

  private static final List<Key> PROXY_ONLY =
      List.of(
          Key.KEEP_ALIVE_TIMEOUT,
          Key.KEEP_ALIVE_GRACE,
          Key.KEEP_ALIVE_SPREAD,
          Key.CONNECTION_TIMEOUT,
          Key.IDLE_TIMEOUT,
          Key.REGISTRAR,
          Key.AUTHENTICATION_RULE,
          Key.ENDPOINT_DIRECTORY,
          Key.NODE);

  private PropertyLint() {}

  /** Every warning, in a fixed order. */
  public static List<String> warnings(Properties raw, ConnectionManagementProperties checked) {
    List<String> warnings = new ArrayList<>();
    try {
      warnings.addAll(unknownNames(raw));
    } catch (ClassCastException e) {
      warnings.add(
          "Cannot check the stack properties for unknown names: one of the names is not a String: "
              + e.getMessage());
    }
    roles(raw, checked, warnings);
    if (checked.isOn(Key.KEEP_ALIVE)) {
      ownCombinations(checked, warnings);
      stackCombinations(raw, checked, warnings);
    }
    if (FACTORY.equals(text(raw, FACTORY_PROPERTY))) {
      warnings.addAll(RiProperties.warnings(raw));
    }
    explicitProxy(raw, warnings);
    routerLeftOut(raw, warnings);
    warnings.addAll(RiProperties.loggingWarnings(raw));
    warnings.addAll(RiProperties.badNumbers(raw));
    clientAuth(raw, warnings);
    return warnings;
  }

  private static List<String> unknownNames(Properties raw) {
    List<String> warnings = new ArrayList<>();
    String prefix = ConnectionManagementProperties.PREFIX;
    // The RI's properties class supports none of the newer ways to list names.
    for (Object key : Collections.list(raw.propertyNames())) {
      if (!(key instanceof String name)) {
        continue;
      }
      if (ConnectionManagementProperties.find(name) != null) {
        if (raw.getProperty(name) == null) {
          warnings.add("Property " + name + " has no effect, because its value is not a String");
        }
        continue;
      }
      boolean prefixed = name.regionMatches(true, 0, prefix, 0, prefix.length());
      if (RiProperties.namesWithoutEffect().contains(name)) {
        // Some are called like ours.
        continue;
      }
      Key meant = prefixed ? nearest(name.substring(prefix.length())) : otherwisePrefixed(name);
      if (prefixed || meant != null) {
        warnings.add(
            "Property "
                + name
                + " is unknown and has no effect"
                + (meant == null ? "" : ": did you mean " + meant.propertyName() + "?"));
      }
    }
    Collections.sort(warnings);
    return warnings;
  }

  /** The key that {@code name} is apart from its prefix, where nobody else can have meant it. */
  private static @Nullable Key otherwisePrefixed(String name) {
    int end = name.lastIndexOf('.') + 1;
    String bare = name.substring(end);
    // A single word without prefix, such as DOMAIN, may be the application's own.
    boolean couldBeOurs =
        OTHER_PREFIXES.contains(name.substring(0, end)) && (end > 0 || bare.indexOf('_') > 0);
    return couldBeOurs
        ? ConnectionManagementProperties.find(ConnectionManagementProperties.PREFIX + bare)
        : null;
  }

  /** Properties of the side that the stack's role leaves out. */
  private static void roles(
      Properties raw, ConnectionManagementProperties checked, List<String> warnings) {
    if (!checked.role().isProxy()) {
      for (Key key : PROXY_ONLY) {
        if (raw.getProperty(key.propertyName()) != null) {
          warnings.add(
              key.propertyName()
                  + " has no effect in a client, which does not watch connections that peers open:"
                  + " set "
                  + Key.ROLE.propertyName()
                  + " to proxy or both, or leave it out");
        }
      }
    } else if (!checked.role().isClient() && Role.signOfClient(raw) != null) {
      warnings.add(
          Key.ROLE.propertyName()
              + " = proxy offers no keep-alive on connections to the outbound proxy that "
              + Role.signOfClient(raw)
              + " stands for: set it to both if they are to be kept alive");
    }
  }

  private static void ownCombinations(
      ConnectionManagementProperties checked, List<String> warnings) {
    int grace = checked.intValue(Key.KEEP_ALIVE_GRACE);
    int least = ConnectionManagementProperties.TRANSACTION_TIMEOUT_SECONDS;
    if (grace < least) {
      warnings.add(
          Key.KEEP_ALIVE_GRACE.propertyName()
              + " = "
              + grace
              + " is below one transaction timeout ("
              + least
              + " s): clients whose keep-alive is late are disconnected too early");
    }
    int idle = checked.intValue(Key.IDLE_TIMEOUT);
    int timeout = checked.intValue(Key.KEEP_ALIVE_TIMEOUT);
    if (idle <= timeout) {
      warnings.add(
          Key.IDLE_TIMEOUT.propertyName()
              + " = "
              + idle
              + " is not above "
              + Key.KEEP_ALIVE_TIMEOUT.propertyName()
              + " = "
              + timeout
              + ": a client that sends its keep-alive at the last moment is closed as idle first");
    }
    boolean mustAnswer =
        checked.role().isProxy() && !checked.words(Key.KEEP_ALIVE_DIALECTS).equals(List.of("ms"));
    if (mustAnswer && !checked.isOn(Key.PONG)) {
      warnings.add(
          Key.PONG.propertyName()
              + " = off: a client that keeps its connection alive by keep or outbound closes it"
              + " when its keep-alive is not answered (RFC 5626 section 4.4.1); leave it out, or"
              + " set "
              + Key.KEEP_ALIVE_DIALECTS.propertyName()
              + " to ms");
    }
  }

  private static void stackCombinations(
      Properties raw, ConnectionManagementProperties checked, List<String> warnings) {
    String factory = text(raw, FACTORY_PROPERTY);
    boolean managed = FACTORY.equals(factory);
    if (!managed) {
      warnings.add(
          FACTORY_PROPERTY
              + (factory == null ? "" : " = " + factory)
              + " is not "
              + FACTORY
              + ": no keep-alive is negotiated and no connection is watched");
    }
    Long idleMillis = number(raw, RI + "NIO_MAX_SOCKET_IDLE_TIME");
    long timeoutSeconds = checked.intValue(Key.KEEP_ALIVE_TIMEOUT);
    if (!managed && idleMillis != null && idleMillis > 0 && idleMillis <= timeoutSeconds * 1000) {
      warnings.add(
          RI
              + "NIO_MAX_SOCKET_IDLE_TIME = "
              + idleMillis
              + " ms is not above the keep-alive of "
              + timeoutSeconds
              + " s: the RI closes connections before their keep-alive");
    }
    for (String cache : List.of("CACHE_SERVER_CONNECTIONS", "CACHE_CLIENT_CONNECTIONS")) {
      if ("false".equalsIgnoreCase(text(raw, RI + cache))) {
        warnings.add(
            RI
                + cache
                + " = false closes each connection after its last transaction, so nothing can be"
                + " kept alive; leave it out");
      }
    }
    Long ownTimer = number(raw, RI + "RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT");
    if (ownTimer != null && ownTimer >= 0) {
      warnings.add(
          RI
              + "RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT = "
              + ownTimer
              + " s: the RI's own keep-alive timer closes connections too, whatever was"
              + " negotiated; leave it out, or switch it off with -D"
              + RI
              + "RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT=-1 where the application sets it in its"
              + " code");
    }
  }

  /** A proxy that is reached over UDP has no connection that could be kept. */
  private static void explicitProxy(Properties raw, List<String> warnings) {
    String proxy = text(raw, OUTBOUND_PROXY);
    if (proxy == null || proxy.isEmpty() || !FACTORY.equals(text(raw, FACTORY_PROPERTY))) {
      return;
    }
    String transport = proxy.substring(proxy.indexOf('/') + 1).trim();
    boolean named = proxy.indexOf('/') >= 0;
    if (!named || transport.equalsIgnoreCase("UDP")) {
      warnings.add(
          OUTBOUND_PROXY
              + " = "
              + proxy
              + (named ? "" : " names no transport, so it")
              + " is reached over UDP, where there is no connection to keep alive:"
              + (usesDiscoveryRouter(raw)
                  ? " leave it out, and DiscoveryRouter finds the proxy, or"
                  : "")
              + " name TCP or TLS, such as 192.0.2.1:5061/TLS");
    }
  }

  private static boolean usesDiscoveryRouter(Properties raw) {
    return String.valueOf(text(raw, ROUTER_PATH)).endsWith(".DiscoveryRouter");
  }

  private static void routerLeftOut(Properties raw, List<String> warnings) {
    if (usesDiscoveryRouter(raw)
        && "false".equalsIgnoreCase(text(raw, "javax.sip.USE_ROUTER_FOR_ALL_URIS"))) {
      warnings.add(
          "javax.sip.USE_ROUTER_FOR_ALL_URIS = false keeps requests to sip URIs from the"
              + " DiscoveryRouter, so no outbound proxy is discovered; leave it out");
    }
  }

  private static void clientAuth(Properties raw, List<String> warnings) {
    if ("Default".equals(text(raw, RI + "TLS_CLIENT_AUTH_TYPE"))) {
      warnings.add(
          RI
              + "TLS_CLIENT_AUTH_TYPE = Default asks for no certificate on managed connections, and"
              + " the RI's own NIO transport fails with it: use Disabled, Want or Enabled");
    }
  }

  private static @Nullable String text(Properties raw, String name) {
    String value = raw.getProperty(name);
    return value == null ? null : value.trim();
  }

  /** The RI itself complains where it is no number. */
  private static @Nullable Long number(Properties raw, String name) {
    String value = text(raw, name);
    return value != null && value.matches("-?\\d{1,18}") ? Long.valueOf(value) : null;
  }

  /** The key whose name needs the fewest corrections, at most a third of it; or null. */
  static @Nullable Key nearest(String name) {
    String wanted = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    Key best = null;
    int least = Integer.MAX_VALUE;
    for (Key key : Key.values()) {
      int distance = distance(wanted, key.name());
      if (distance < least && distance <= Math.max(1, key.name().length() / 3)) {
        best = key;
        least = distance;
      }
    }
    return best;
  }

  /** Insertions, removals, replacements and swaps of neighbours that make {@code b} of a. */
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replaced, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
