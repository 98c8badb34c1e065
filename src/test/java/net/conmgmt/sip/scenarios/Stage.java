package net.conmgmt.sip.scenarios;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;

/**
 * The applications and peers of the scenarios of one setup. A server and a client are kept from one
 * scenario to the next, because stopping a stack takes the RI a second.
 */
final class Stage {

  private static final String PREFIX = "gov.nist.javax.sip.";

  private final Setup setup;
  private final Path folder;
  private final ExecutorService background = Executors.newCachedThreadPool();
  private final List<ScenarioApplication> kept = new ArrayList<>();
  private final Deque<AutoCloseable> ofThisScenario = new ArrayDeque<>();
  private @Nullable ScenarioApplication server;
  private @Nullable ScenarioApplication client;
  private @Nullable Properties properties;
  private @Nullable SSLContext context;

  Stage(Setup setup) throws Exception {
    this.setup = setup;
    this.folder = Files.createTempDirectory("scenarios");
  }

  Setup setup() {
    return setup;
  }

  /** An application that listens, the same for all scenarios. */
  ScenarioApplication server() throws Exception {
    ScenarioApplication found = server;
    if (found == null) {
      found = application();
      server = found;
    }
    return found;
  }

  /** A second application, the same for all scenarios. */
  ScenarioApplication client() throws Exception {
    ScenarioApplication found = client;
    if (found == null) {
      found = application();
      client = found;
    }
    return found;
  }

  /** One more application; it stops with the stage. */
  ScenarioApplication application(String... pairs) throws Exception {
    return application(Stacks.freePort(), pairs);
  }

  ScenarioApplication application(int port, String... pairs) throws Exception {
    ScenarioApplication application = new ScenarioApplication(properties(pairs), port, setup);
    kept.add(application);
    return application;
  }

  private Properties properties(String... pairs) throws Exception {
    Properties base = properties;
    if (base == null) {
      base = setup.properties();
      if (setup.tls()) {
        addTls(base);
      }
      properties = base;
    }
    Properties all = new Properties();
    all.putAll(base);
    for (int i = 0; i < pairs.length; i += 2) {
      all.setProperty(pairs[i], pairs[i + 1]);
    }
    return all;
  }

  private void addTls(Properties to) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    Path keyStore = authority.keyStore("scenario", "ip:127.0.0.1");
    for (String name : List.of("keyStore", "trustStore")) {
      Path store = name.equals("keyStore") ? keyStore : authority.trustStore();
      to.setProperty("javax.net.ssl." + name, store.toString());
      to.setProperty("javax.net.ssl." + name + "Password", TestCertificates.PASSWORD);
      to.setProperty("javax.net.ssl." + name + "Type", "PKCS12");
    }
    // TLS 1.2: the stock NIO client hangs in a handshake of 1.3.
    to.setProperty(PREFIX + "TLS_CLIENT_PROTOCOLS", "TLSv1.2");
    to.setProperty(PREFIX + "ENABLED_CIPHER_SUITES", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    to.setProperty(PREFIX + "TLS_CLIENT_AUTH_TYPE", "Disabled");
    context = context(keyStore, authority.trustStore());
  }

  private static SSLContext context(Path keys, Path trusted) throws Exception {
    char[] password = TestCertificates.PASSWORD.toCharArray();
    KeyManagerFactory keyManagers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(load(keys, password), password);
    TrustManagerFactory trustManagers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(load(trusted, password));
    SSLContext context = SSLContext.getInstance("TLSv1.2");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return context;
  }

  private static KeyStore load(Path file, char[] password) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password);
    }
    return store;
  }

  private SSLContext tls() throws Exception {
    properties();
    SSLContext made = context;
    if (made == null) {
      throw new IllegalStateException("Expected TLS, found " + setup);
    }
    return made;
  }

  /** A peer that is connected to the application. */
  RawPeer dial(ScenarioApplication application) throws Exception {
    RawPeer peer;
    if (setup.tls()) {
      SSLSocket socket =
          (SSLSocket)
              tls()
                  .getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), application.port());
      peer = RawPeer.over(socket);
      socket.startHandshake();
    } else {
      peer = RawPeer.connect(application.port());
    }
    return ownedBy(peer);
  }

  /** A listening socket for a peer that the application connects to. */
  ServerSocket listen() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    return ownedBy(
        setup.tls()
            ? tls().getServerSocketFactory().createServerSocket(0, 50, loopback)
            : new ServerSocket(0, 50, loopback));
  }

  /** The next connection of a listening socket. */
  RawPeer accept(ServerSocket listener) throws Exception {
    return ownedBy(RawPeer.accept(listener));
  }

  private <T extends AutoCloseable> T ownedBy(T closeable) {
    ofThisScenario.push(closeable);
    return closeable;
  }

  /**
   * Sends a request from another thread: the call comes back only when the peer has accepted, and
   * the scenario plays the peer.
   */
  <T> Future<T> meanwhile(Callable<T> work) {
    return background.submit(work);
  }

  /**
   * The peer ends the connection, and the stack has noticed: it has ended it on its side, too.
   * Without that, what the stack sends next could still go into the old connection.
   */
  static void endAndAwaitEnd(RawPeer peer) throws Exception {
    peer.socket().shutdownOutput();
    peer.readsEnd();
    peer.close();
  }

  /** A request as a peer writes it. */
  String raw(String method, String id, String more, String body) {
    return raw(method, id, "5999", more, body);
  }

  String raw(String method, String id, String sentByPort, String more, String body) {
    return head(method, id, sentByPort)
        + more
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** A request without Content-Length and without the empty line. */
  String head(String method, String id, String sentByPort) {
    return method
        + " sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/"
        + setup.viaTransport()
        + " 127.0.0.1:"
        + sentByPort
        + ";branch=z9hG4bK-"
        + id
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:alice@contoso.test>;tag=1\r\n"
        + "To: <sip:bob@contoso.test>\r\nCall-ID: "
        + id
        + "\r\nCSeq: 1 "
        + method
        + "\r\nContact: <sip:alice@127.0.0.1:"
        + sentByPort
        + ";transport="
        + setup.transport()
        + ">\r\n";
  }

  /** Ends what the scenario opened and makes the kept applications forget what they saw. */
  void endScenario() throws Exception {
    while (!ofThisScenario.isEmpty()) {
      ofThisScenario.pop().close();
    }
    for (ScenarioApplication application : kept) {
      application.reset();
    }
  }

  /** Stops all stacks at once, each in a thread of its own. */
  void strike() throws Exception {
    for (ScenarioApplication application : kept) {
      background.execute(application::close);
    }
    background.shutdown();
    if (!background.awaitTermination(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Stopping the stacks of " + setup + " took above 30 s");
    }
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
