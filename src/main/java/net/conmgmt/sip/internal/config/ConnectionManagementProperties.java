package net.conmgmt.sip.internal.config;

import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conmgmt.sip.KeepAliveDialect;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The table of this library's stack properties, and their checked values in one stack. Immutable.
 */
public final class ConnectionManagementProperties {

  /** What the names of all properties begin with. */
  public static final String PREFIX = "net.conmgmt.sip.";

  /** The least grace after T: Timer B and Timer F of RFC 3261, in seconds ([MS-CONMGMT] 3.4.2). */
  public static final int TRANSACTION_TIMEOUT_SECONDS = 32;

  private static final Logger LOG = LogManager.getLogger(ConnectionManagementProperties.class);

  private static String dialects() {
    return Stream.of(KeepAliveDialect.values())
        .map(KeepAliveDialect::word)
        .collect(Collectors.joining("|"));
  }

  /** The kinds of values. */
  public enum Kind {
    /** Whole seconds within bounds. */
    SECONDS,
    /** A whole number within bounds. */
    NUMBER,
    /** A whole number of bytes within bounds. */
    BYTES,
    /** One of a few words, in any case. */
    CHOICE,
    /** Some of a few words, in any case, with commas between. */
    WORDS,
    /** The name of a class with a public constructor without parameters. */
    CLASS,
    /** Any text; who uses it checks it. */
    TEXT
  }

  /** The table: one entry a property, times in seconds. properties.md says the same of each. */
  public enum Key {
    /**
     * A client offers keep-alive and ignores connections that peers open; a proxy answers and
     * watches those, and offers nothing. The default is client with DiscoveryRouter or
     * OUTBOUND_PROXY, otherwise both.
     */
    ROLE(Kind.CHOICE, "", 0, 0, "client|proxy|both"),
    /** Negotiate keep-alive; connection and idle timer run in any case. */
    KEEP_ALIVE(Kind.CHOICE, "on", 0, 0, "on|off"),
    /**
     * How keep-alive is offered and answered, several with commas: ms is [MS-CONMGMT], keep is RFC
     * 6223, outbound is RFC 5626.
     */
    KEEP_ALIVE_DIALECTS(Kind.WORDS, "ms", 0, 0, dialects()),
    /** Client: a shorter T is ignored: someone on the path could use it to cause a flood. */
    KEEP_ALIVE_FLOOR(Kind.SECONDS, "1", 1, 86_400, ""),
    /**
     * Client, outbound: the URN of this device, for a Contact that names none; default a random one
     * for each start of the stack.
     */
    INSTANCE(Kind.TEXT, "", 0, 0, ""),
    /**
     * Proxy, outbound: the secret that authenticates flow tokens; default a random one for each
     * start of the stack.
     */
    FLOW_TOKEN_KEY(Kind.TEXT, "", 0, 0, ""),
    /** Proxy: the T of its answer ([MS-CONMGMT] 3.4.2). */
    KEEP_ALIVE_TIMEOUT(Kind.SECONDS, "300", 1, Integer.MAX_VALUE, ""),
    /**
     * Proxy: added to T before a silent client is given up; below 32 it warns ([MS-CONMGMT] 3.4.2).
     */
    KEEP_ALIVE_GRACE(Kind.SECONDS, "32", 0, 86_400, ""),
    /**
     * Proxy: the T of each connection is shortened at random by up to this percentage, so that
     * clients that connect together do not ping together.
     */
    KEEP_ALIVE_SPREAD(Kind.NUMBER, "0", 0, 90, ""),
    /**
     * Client: a proxy that has answered a keep-alive must answer each later one within this, or the
     * connection is closed; 0 never closes it (RFC 5626).
     */
    PONG_TIMEOUT(Kind.SECONDS, "10", 0, 86_400, ""),
    /**
     * Proxy: a connection without a successful response is closed after this ([MS-CONMGMT] 3.5.2).
     */
    CONNECTION_TIMEOUT(Kind.SECONDS, "32", 1, 86_400, ""),
    /** Proxy: a silent connection is closed after this ([MS-CONMGMT] 3.5.2). */
    IDLE_TIMEOUT(Kind.SECONDS, "932", 1, Integer.MAX_VALUE, ""),
    /**
     * Proxy: it is the registrar of its clients, so expiry removes and closes ([MS-CONMGMT] 3.4.6).
     */
    REGISTRAR(Kind.CHOICE, "true", 0, 0, "true|false"),
    /** Proxy: decides which endpoint has authenticated on a connection ([MS-CONMGMT] 3.5.5). */
    AUTHENTICATION_RULE(
        Kind.CLASS,
        "net.conmgmt.sip.keepalive.ChallengeRule",
        0,
        0,
        "net.conmgmt.sip.keepalive.AuthenticationRule"),
    /**
     * Proxy: where several proxies share which of them holds an endpoint, for example
     * redis://host:6379; default each proxy on its own. Needs NODE and io.lettuce:lettuce-core.
     */
    ENDPOINT_DIRECTORY(Kind.TEXT, "", 0, 0, ""),
    /** Proxy: HOST:PORT at which the other proxies of ENDPOINT_DIRECTORY reach this one. */
    NODE(Kind.TEXT, "", 0, 0, ""),
    /** Proxy: how long the other proxies count on this one without hearing of it. */
    DIRECTORY_LEASE(Kind.SECONDS, "10", 3, 300, ""),
    /** Proxy: endpoints a second that are entered again after the directory was away. */
    DIRECTORY_PACE(Kind.NUMBER, "2000", 50, 100_000, ""),
    /** Proxy: the longest that anything waits for an answer of the directory. */
    DIRECTORY_TIMEOUT(Kind.SECONDS, "1", 1, 30, ""),
    /** Proxy: answer CRLF CRLF with CRLF (RFC 5626). */
    PONG(Kind.CHOICE, "on", 0, 0, "on|off"),
    /** Kind of I/O: one thread for all connections, or a thread for each. */
    TRANSPORT(Kind.CHOICE, "nio", 0, 0, "nio|blocking"),
    /** Accepted connections of the stack; one more is closed at once. */
    MAX_CONNECTIONS(Kind.NUMBER, "16384", 1, 1 << 24, ""),
    /** Accepted connections from one IPv4 address or one IPv6 /64. */
    MAX_CONNECTIONS_PER_ADDRESS(Kind.NUMBER, "4096", 1, 1 << 24, ""),
    /**
     * Proxy: a request or response for a client whose connection has ended may open a new one, to
     * the address that the client came from or to the address in Via; with off it fails at once.
     */
    DIAL_CLIENTS(Kind.CHOICE, "on", 0, 0, "on|off"),
    /** The longest header section that is accepted. */
    MAX_HEADER_BYTES(Kind.BYTES, "65536", 1_024, 1 << 24, ""),
    /** The longest body that is accepted. */
    MAX_BODY_BYTES(Kind.BYTES, "1048576", 0, 1 << 30, ""),
    /** A connection whose peer takes longer than this for one message is closed. */
    MESSAGE_TIMEOUT(Kind.SECONDS, "32", 1, 3_600, ""),
    /** A connection whose peer leaves more than this unread is closed. */
    MAX_WRITE_QUEUE_BYTES(Kind.BYTES, "4194304", 4_096, 1 << 30, ""),
    /** Client: the time to connect to one address. */
    CONNECT_TIMEOUT(Kind.SECONDS, "5", 1, 3_600, ""),
    /**
     * Proxy: its own name; a TLS listening point does not start unless its certificate carries it
     * ([MS-CONMGMT] 3.3).
     */
    FQDN(Kind.TEXT, "", 0, 0, ""),
    /**
     * PEM, PKCS12 or JKS file of the own certificate, its issuers and its key; default
     * javax.net.ssl.keyStore, which the RI takes as PKCS12 or JKS only.
     */
    TLS_CERTIFICATE_FILE(Kind.TEXT, "", 0, 0, ""),
    /** PEM file of the key, where TLS_CERTIFICATE_FILE does not hold it. */
    TLS_KEY_FILE(Kind.TEXT, "", 0, 0, ""),
    /**
     * PEM, PKCS12 or JKS file of the trusted certificates; default javax.net.ssl.trustStore, and
     * without that the JVM's own.
     */
    TLS_TRUST_FILE(Kind.TEXT, "", 0, 0, ""),
    /**
     * Refuse a certificate that is revoked or whose state cannot be found out: by the list that the
     * certificate names, or by OCSP, stapled or asked for.
     */
    TLS_REVOCATION(Kind.CHOICE, "off", 0, 0, "off|crl|ocsp"),
    /** A certificate for *.example.com stands for one label below example.com. */
    TLS_WILDCARDS(Kind.CHOICE, "off", 0, 0, "on|off"),
    /** The time for a TLS handshake, on both sides. */
    TLS_HANDSHAKE_TIMEOUT(Kind.SECONDS, "10", 1, 300, ""),
    /** Client: domain to discover; default from To or From. */
    DOMAIN(Kind.TEXT, "", 0, 0, ""),
    /** Client: the longest that a request waits for discovery. */
    DISCOVERY_TIMEOUT(Kind.SECONDS, "32", 1, 3_600, ""),
    /** Client: when a lost outbound proxy is discovered again, by the next request or at once. */
    REDISCOVERY(Kind.CHOICE, "on-request", 0, 0, "on-request|at-once"),
    /** Client: ip:port,… of the DNS servers; default the system's. */
    DNS_SERVERS(Kind.TEXT, "", 0, 0, ""),
    /** Client: the whole of one DNS query, retries included. */
    DNS_TIMEOUT(Kind.SECONDS, "5", 1, 300, ""),
    /** Client: how often each DNS server that is silent is asked again, within DNS_TIMEOUT. */
    DNS_RETRIES(Kind.NUMBER, "2", 0, 10, ""),
    /** Client: ask DHCP for option 120; needs permission to use port 68. */
    DHCP(Kind.CHOICE, "off", 0, 0, "on|off"),
    /** Client: name,… of the only interfaces to ask DHCP on; default all that can broadcast. */
    DHCP_INTERFACES(Kind.TEXT, "", 0, 0, ""),
    /** Client: leave out DHCP names that are not at or below the domain. */
    DHCP_DOMAIN_ONLY(Kind.CHOICE, "false", 0, 0, "true|false"),
    /** Client: leave out every TCP candidate. */
    TLS_ONLY(Kind.CHOICE, "false", 0, 0, "true|false"),
    /** Client: look up AAAA besides A. */
    IPV6(Kind.CHOICE, "off", 0, 0, "on|off"),
    /** An MBean shows this stack's connections and counts. */
    JMX(Kind.CHOICE, "on", 0, 0, "on|off"),
    /**
     * The name of that MBean, for an application whose stack has another name at each start;
     * default the stack's name.
     */
    JMX_NAME(Kind.TEXT, "", 0, 0, ""),
    /** Keep the last 32 events of each open connection, about 1 kB of heap each. */
    FLIGHT_RECORDER(Kind.CHOICE, "off", 0, 0, "on|off");

    private static final Map<String, String> SWITCHES =
        Map.of("on", "true", "off", "false", "true", "on", "false", "off");

    private final Kind kind;
    private final String defaultValue;
    private final long least;
    private final long most;
    private final String choices;

    Key(Kind kind, String defaultValue, long least, long most, String choices) {
      this.kind = kind;
      this.defaultValue = defaultValue;
      this.least = least;
      this.most = most;
      this.choices = choices;
    }

    /** The name under which a stack's properties hold it. */
    public String propertyName() {
      return PREFIX + name();
    }

    /** What kind of value it takes. */
    public Kind kind() {
      return kind;
    }

    /** The value where a stack has none; empty where there is no default. */
    public String defaultValue() {
      return defaultValue;
    }

    /** What a value must be, for a person. */
    public String expected() {
      return switch (kind) {
        case SECONDS -> "whole seconds from " + least + " to " + most;
        case NUMBER -> "a whole number from " + least + " to " + most;
        case BYTES -> "bytes from " + least + " to " + most;
        case CHOICE -> "one of " + choices.replace("|", ", ");
        case WORDS -> "one or more, with commas, of " + choices.replace("|", ", ");
        case CLASS -> "a class that implements " + choices;
        case TEXT -> "text";
      };
    }

    private String check(String value) {
      String trimmed = value.trim();
      boolean good =
          switch (kind) {
            case SECONDS, NUMBER, BYTES -> isWithinBounds(trimmed);
            case CHOICE -> trimmed.equals(defaultValue) || chosen(trimmed) != null;
            case WORDS -> areWords(trimmed.toLowerCase(Locale.ROOT));
            case CLASS -> true;
            case TEXT -> true;
          };
      if (!good) {
        throw badValue(value, null);
      }
      if (kind == Kind.CLASS) {
        load(trimmed);
      }
      if (kind == Kind.WORDS) {
        return trimmed.toLowerCase(Locale.ROOT);
      }
      String choice = kind == Kind.CHOICE ? chosen(trimmed) : null;
      return choice == null ? trimmed : choice;
    }

    /** The choice that a value stands for; a switch takes on, off, true and false alike. */
    private @Nullable String chosen(String value) {
      List<String> all = List.of(choices.split("\\|", -1));
      String lower = value.toLowerCase(Locale.ROOT);
      String other = SWITCHES.getOrDefault(lower, lower);
      return all.contains(lower) ? lower : all.contains(other) ? other : null;
    }

    private boolean areWords(String value) {
      return List.of(choices.split("\\|", -1)).containsAll(split(value));
    }

    private IllegalArgumentException badValue(String value, @Nullable Throwable cause) {
      return new IllegalArgumentException(
          "Property "
              + propertyName()
              + " = '"
              + value
              + "': expected "
              + expected()
              + (cause == null ? "" : ", found " + cause),
          cause);
    }

    /** The constructor of a class that a property names. */
    private Constructor<?> load(String className) {
      try {
        Class<?> wanted = Class.forName(choices, false, Key.class.getClassLoader());
        return find(className).asSubclass(wanted).getConstructor();
      } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
        throw badValue(className, e);
      }
    }

    /** The application's own class, which this library's loader may not see, or one of ours. */
    private static Class<?> find(String className) throws ClassNotFoundException {
      ClassLoader own = Key.class.getClassLoader();
      ClassLoader application = Thread.currentThread().getContextClassLoader();
      try {
        return Class.forName(className, true, application == null ? own : application);
      } catch (ClassNotFoundException e) {
        // A thread of a common pool carries a loader that knows neither of the two.
        return Class.forName(className, true, own);
      }
    }

    private boolean isWithinBounds(String value) {
      try {
        long number = Long.parseLong(value);
        return number >= least && number <= most;
      } catch (NumberFormatException e) {
        return false;
      }
    }
  }

  private final Map<Key, String> values = new LinkedHashMap<>();
  private final Role role;
  private final @Nullable String signOfClient;

  private ConnectionManagementProperties(Properties raw) {
    for (Key key : Key.values()) {
      values.put(key, key.check(raw.getProperty(key.propertyName(), key.defaultValue())));
    }
    checkNode();
    role = Role.of(text(Key.ROLE), raw);
    signOfClient = Role.signOfClient(raw);
    PropertyLint.warnings(raw, this).forEach(warning -> LOG.warn("{}", warning));
  }

  /** Under which a stack's own properties object keeps what was read of it. */
  private static final Object READ = ConnectionManagementProperties.class;

  /**
   * The checked values of one stack, read once: whichever of its parts asks first, each warning is
   * logged once.
   *
   * @param ofStack the stack's own properties object
   * @throws IllegalArgumentException as {@link #of}
   */
  public static ConnectionManagementProperties ofStack(Properties ofStack) {
    return (ConnectionManagementProperties)
        ofStack.computeIfAbsent(READ, key -> ConnectionManagementProperties.of(ofStack));
  }

  /** A proxy that shares a directory has to say where the others reach it. */
  private void checkNode() {
    if (!text(Key.ENDPOINT_DIRECTORY).isEmpty() && !isHostAndPort(text(Key.NODE))) {
      throw new IllegalArgumentException(
          "Property "
              + Key.NODE.propertyName()
              + " = '"
              + text(Key.NODE)
              + "': with "
              + Key.ENDPOINT_DIRECTORY.propertyName()
              + " expected HOST:PORT at which the other proxies reach this one, for example"
              + " 192.0.2.1:5060 or [2001:db8::1]:5060");
    }
  }

  private static boolean isHostAndPort(String text) {
    return text.matches("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}");
  }

  /**
   * Reads and checks the properties of a stack.
   *
   * @throws IllegalArgumentException naming the property, its value and what was expected
   */
  public static ConnectionManagementProperties of(Properties raw) {
    return new ConnectionManagementProperties(raw);
  }

  /** The key of a full property name, or null when there is none. */
  public static @Nullable Key find(String propertyName) {
    for (Key key : Key.values()) {
      if (key.propertyName().equals(propertyName)) {
        return key;
      }
    }
    return null;
  }

  /** The value as text. */
  public String text(Key key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalStateException("No value for " + key);
    }
    return value;
  }

  /** What the stack is, said or taken from its other properties. */
  public Role role() {
    return role;
  }

  /** Why the stack has its role, for a log line. */
  public String reasonForRole() {
    if (!text(Key.ROLE).isEmpty()) {
      return "as " + Key.ROLE.propertyName() + " says";
    }
    return signOfClient == null
        ? "as neither DiscoveryRouter nor javax.sip.OUTBOUND_PROXY is set; "
            + Key.ROLE.propertyName()
            + " changes it"
        : "as " + signOfClient + " is set; " + Key.ROLE.propertyName() + " changes it";
  }

  /** The words of a property that has some. */
  public List<String> words(Key key) {
    return split(text(key));
  }

  private static List<String> split(String words) {
    return List.of(words.split("\\s*,\\s*", -1));
  }

  /** The value of a numeric property. */
  public int intValue(Key key) {
    return Integer.parseInt(text(key));
  }

  /** The value of a property in seconds. */
  public Duration duration(Key key) {
    return Duration.ofSeconds(intValue(key));
  }

  /**
   * A new object of the class that a property names.
   *
   * @throws IllegalArgumentException when its constructor fails
   */
  public <T> T newInstance(Key key, Class<T> type) {
    String className = text(key);
    try {
      return type.cast(key.load(className).newInstance());
    } catch (ReflectiveOperationException e) {
      throw key.badValue(className, e);
    }
  }

  /** Whether a switch is {@code on} or {@code true}. */
  public boolean isOn(Key key) {
    String value = text(key);
    return value.equals("on") || value.equals("true");
  }
}
