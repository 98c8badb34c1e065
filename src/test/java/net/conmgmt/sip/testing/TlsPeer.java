package net.conmgmt.sip.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A server that is not this library: it takes one connection after the other, says what it saw of
 * each, and answers SIP requests with 200. What it does before that is up to its {@link Manner}.
 */
public final class TlsPeer implements AutoCloseable {

  /** What is done with a new connection. */
  public interface Manner {
    /** Gives back the socket to speak SIP over, or null to wait for the end of the stream. */
    @Nullable Socket take(Socket raw) throws IOException;
  }

  /** A key and a certificate, in the form that the JDK's TLS takes. */
  public interface Identity {
    /** A new context that shows the certificate. */
    SSLContext serverContext() throws Exception;
  }

  /**
   * One connection, after its end.
   *
   * @param secured whether the handshake was done, as this side sees it
   * @param resumed whether that took up a session of an earlier connection
   * @param serverName the SNI, or empty
   * @param sip every decrypted byte that came
   */
  public record Visit(boolean secured, boolean resumed, String serverName, String sip) {}

  private static final Logger LOG = LogManager.getLogger(TlsPeer.class);
  private static final String STAPLING = "jdk.tls.server.enableStatusRequestExtension";
  private static final int PATIENCE_MILLIS = 30_000;

  private final BlockingQueue<Visit> visits = new LinkedBlockingQueue<>();
  private final ServerSocket server;
  private volatile Manner manner = raw -> null;
  private volatile @Nullable Socket current;

  /** Listens on a loopback port that the system chooses. */
  public TlsPeer() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "tls-peer-" + server.getLocalPort());
    thread.setDaemon(true);
    thread.start();
  }

  public int port() {
    return server.getLocalPort();
  }

  /** How it behaves now. */
  public Manner manner() {
    return manner;
  }

  /** Behaves like that from the next connection on. */
  public TlsPeer behave(Manner next) {
    manner = next;
    return this;
  }

  /** Shows this certificate from the next connection on; sessions of before are forgotten. */
  public TlsPeer show(Identity identity) throws Exception {
    return show(identity.serverContext(), socket -> {});
  }

  /** As {@link #show(Identity)}, and staples the OCSP answer that this side asks for. */
  public TlsPeer showWithStaple(Identity identity) throws Exception {
    // The JDK looks at this when a context is made.
    System.setProperty(STAPLING, "true");
    try {
      return show(identity);
    } finally {
      System.clearProperty(STAPLING);
    }
  }

  /**
   * Shakes hands with this context from the next connection on.
   *
   * @param clients sets each socket up before its handshake, for instance to ask for a certificate
   */
  public TlsPeer show(SSLContext context, Consumer<SSLSocket> clients) {
    return behave(
        raw -> {
          SSLSocket socket =
              (SSLSocket) context.getSocketFactory().createSocket(raw, null, raw.getPort(), true);
          socket.setUseClientMode(false);
          clients.accept(socket);
          socket.startHandshake();
          return socket;
        });
  }

  /** How many connections have ended and were not asked for. */
  public int visits() {
    return visits.size();
  }

  /** Forgets the connections that have ended. */
  public void forgetVisits() {
    visits.clear();
  }

  /** The next connection, when it has ended. */
  public Visit nextVisit() throws InterruptedException {
    Visit visit = visits.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    if (visit == null) {
      throw new AssertionError("Expected a connection to port " + port() + ", found none");
    }
    return visit;
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket raw = server.accept()) {
        current = raw;
        raw.setSoTimeout(PATIENCE_MILLIS);
        visits.add(receive(raw));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private Visit receive(Socket raw) {
    long begun = System.currentTimeMillis();
    StringBuilder sip = new StringBuilder();
    boolean secured = false;
    boolean resumed = false;
    String name = "";
    try {
      Socket socket = manner.take(raw);
      if (socket instanceof SSLSocket tls) {
        secured = true;
        resumed = tls.getSession().getCreationTime() < begun;
        name = nameIn((ExtendedSSLSession) tls.getSession());
      }
      if (socket == null) {
        raw.getInputStream().readAllBytes();
      } else {
        answerAll(socket, sip);
      }
    } catch (IOException e) {
      LOG.debug("The other end refused or has gone; the visit tells how far it came", e);
    }
    return new Visit(secured, resumed, name, sip.toString());
  }

  private static void answerAll(Socket socket, StringBuilder sip) throws IOException {
    InputStream in = socket.getInputStream();
    int begin = 0;
    int read = in.read();
    while (read >= 0) {
      sip.append((char) read);
      if (sip.length() - begin > 4 && sip.indexOf("\r\n\r\n", begin) > 0) {
        String answer = RawPeer.okTo(sip.substring(begin), "");
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        begin = sip.length();
      }
      read = in.read();
    }
  }

  private static String nameIn(ExtendedSSLSession session) {
    return session.getRequestedServerNames().stream()
        .map(name -> ((SNIHostName) name).getAsciiName())
        .findFirst()
        .orElse("");
  }

  @Override
  public void close() throws IOException {
    server.close();
    Socket open = current;
    if (open != null) {
      open.close();
    }
  }
}
