package net.conmgmt.samples.sip;

import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.UUID;
import javax.sip.PeerUnavailableException;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import org.jspecify.annotations.Nullable;

/**
 * The stack properties of one sample: those of a file, then those of {@code --set}, then those that
 * stand for an option of their own. One thread.
 */
public final class StackBuilder {

  public static final String MANAGED_TRANSPORT =
      "net.conmgmt.sip.transport.ManagedMessageProcessorFactory";

  /** What the names of this library's properties begin with. */
  public static final String PREFIX = "net.conmgmt.sip.";

  private static final String RI = "gov.nist.javax.sip.";

  private final Properties properties = new Properties();

  /** Starts from a file of {@code jain-sip-config}. */
  public StackBuilder(String defaultFile) {
    this(defaultFile, null, List.of());
  }

  /**
   * Starts from a file of {@code jain-sip-config}, or from {@code configured} where that is given.
   *
   * @param settings NAME=VALUE each; the prefix of this library's names may be left out
   * @throws IllegalArgumentException when the file cannot be read or a setting has no name
   */
  public StackBuilder(String defaultFile, @Nullable Path configured, List<String> settings) {
    Path file =
        configured == null ? home().resolve("jain-sip-config").resolve(defaultFile) : configured;
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Reading the stack properties " + file + " failed: " + e + "; name another with --config",
          e);
    }
    properties.setProperty("javax.sip.STACK_NAME", "sample-" + UUID.randomUUID());
    settings.forEach(this::setting);
  }

  /** Where {@code jain-sip-config} is: {@code samples/run} says it; for tests it is beside them. */
  private static Path home() {
    String said = System.getProperty("net.conmgmt.samples.home");
    Path here = Path.of("").toAbsolutePath();
    return said != null
        ? Path.of(said)
        : Files.isDirectory(here.resolve("jain-sip-config")) ? here : here.resolve("..");
  }

  private void setting(String setting) {
    int equals = setting.indexOf('=');
    if (equals <= 0) {
      throw new IllegalArgumentException(
          "--set " + setting + ": expected NAME=VALUE, for example KEEP_ALIVE_TIMEOUT=60");
    }
    String name = setting.substring(0, equals).trim();
    String fullName = name.indexOf('.') < 0 ? StackBuilder.PREFIX + name : name;
    set(fullName, setting.substring(equals + 1));
  }

  /** Sets a property by its full name; an empty value takes it out. */
  public StackBuilder set(String name, String value) {
    if (value.isEmpty()) {
      properties.remove(name);
    } else {
      properties.setProperty(name, value);
    }
    return this;
  }

  /** The value of a property; empty where it has none. */
  public String get(String name) {
    return properties.getProperty(name, "").trim();
  }

  /** Sets a property where a value is given. */
  public StackBuilder setIfGiven(String name, @Nullable String value) {
    return value == null ? this : set(name, value);
  }

  /** Names the certificates to trust: PEM, or a key store with the JDK's usual password. */
  public StackBuilder trust(Path file) {
    readable("--trust", file);
    properties.putIfAbsent("javax.net.ssl.trustStorePassword", "changeit");
    return setIfGiven("net.conmgmt.sip.TLS_TRUST_FILE", file.toAbsolutePath().toString());
  }

  /**
   * Refuses a file that an option names and that is not there.
   *
   * @throws IllegalArgumentException naming both
   */
  public static void readable(String option, Path file) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          option + " " + file + ": expected a file that can be read, found none");
    }
  }

  /** Names the certificate and key of TLS: PKCS12 or PEM. */
  public StackBuilder keyStore(Path file, @Nullable String password) {
    readable("--keystore", file);
    setIfGiven("net.conmgmt.sip.TLS_CERTIFICATE_FILE", file.toAbsolutePath().toString());
    set("javax.net.ssl.keyStorePassword", password == null ? "" : password);
    return set(RI + "TLS_CLIENT_AUTH_TYPE", "Disabled");
  }

  /** Whether connections are managed, rather than those of the RI's own transport. */
  public boolean isManaged() {
    return MANAGED_TRANSPORT.equals(properties.getProperty(RI + "MESSAGE_PROCESSOR_FACTORY"));
  }

  /** Whether SIP outbound is one of the dialects that the stack speaks. */
  public boolean speaksOutbound() {
    return (","
            + properties
                .getProperty(PREFIX + "KEEP_ALIVE_DIALECTS", "")
                .toLowerCase(Locale.ROOT)
                .replace(" ", "")
            + ",")
        .contains(",outbound,");
  }

  /**
   * Makes the stack.
   *
   * @throws IllegalArgumentException when a property has a bad value; the message says which
   */
  public SipStack build() throws PeerUnavailableException {
    SipFactory factory = SipFactory.getInstance();
    synchronized (factory) {
      factory.setPathName("gov.nist");
      SipStack stack;
      try {
        stack = factory.createSipStack(properties);
      } catch (PeerUnavailableException e) {
        throw badProperty(e);
      }
      // Says what is wrong with a property before anything is opened.
      net.conmgmt.sip.ConnectionManagement.of(stack);
      return stack;
    }
  }

  /** What a user can change, rather than the RI's words about reflection. */
  private static PeerUnavailableException badProperty(PeerUnavailableException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if (cause instanceof IllegalArgumentException bad
          && message != null
          && message.startsWith("Property ")) {
        throw bad;
      }
    }
    return failure;
  }

  /** A port of {@code address} that nobody listens on. */
  public static int freePort(String address) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IOException(
          "Listening on " + address + " failed (expected an address of this machine)", e);
    }
  }
}
