package net.conmgmt.sip.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.tls.TlsFiles;

/**
 * Handshakes of two TLS engines of the JDK in memory, with the keys as this library holds them: the
 * CPU of the server's half, below which no server comes. Not thread-safe.
 */
final class EngineAlone {

  private static final int ROUNDS = 5;
  private static final int COUNT = 150;
  private static final int RECORD_BYTES = 17 * 1024;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final SSLContext servers = SSLContext.getInstance("TLS");
  private final SSLContext clients = SSLContext.getInstance("TLS");
  private final String version;
  private final ByteBuffer toServer = ByteBuffer.allocate(4 * RECORD_BYTES);
  private final ByteBuffer toClient = ByteBuffer.allocate(4 * RECORD_BYTES);
  private final ByteBuffer plain = ByteBuffer.allocate(RECORD_BYTES);

  EngineAlone(Properties properties, String version) throws GeneralSecurityException, IOException {
    this.version = version;
    TlsFiles files = new TlsFiles(properties, ConnectionManagementProperties.of(properties));
    servers.init(files.keyManagers(), null, null);
    clients.init(null, files.trustManagers(), null);
  }

  /**
   * Milliseconds of CPU for a handshake, the median of several rounds.
   *
   * @param resumed whether each but the first resumes the session of the one before
   */
  double millis(boolean resumed) throws IOException {
    round(resumed);
    List<Double> rounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      rounds.add(round(resumed));
    }
    return Turns.median(rounds);
  }

  private double round(boolean resumed) throws IOException {
    long nanos = 0;
    for (int i = 0; i < COUNT; i++) {
      nanos += handshake(resumed);
    }
    return nanos / 1e6 / COUNT;
  }

  private long handshake(boolean resumed) throws IOException {
    // A client resumes only what it had with a server at that address.
    SSLEngine client =
        resumed ? clients.createSSLEngine("127.0.0.1", 5061) : clients.createSSLEngine();
    client.setUseClientMode(true);
    client.setEnabledProtocols(new String[] {version});
    client.beginHandshake();
    long start = THREADS.getCurrentThreadCpuTime();
    SSLEngine server = servers.createSSLEngine();
    server.setUseClientMode(false);
    server.beginHandshake();
    long nanos = THREADS.getCurrentThreadCpuTime() - start;
    toServer.clear();
    toClient.clear();
    while (shakesHands(client) || shakesHands(server)) {
      goOn(client, toClient, toServer);
      start = THREADS.getCurrentThreadCpuTime();
      goOn(server, toServer, toClient);
      nanos += THREADS.getCurrentThreadCpuTime() - start;
    }
    // The ticket for the next one (TLS 1.3).
    goOn(client, toClient, toServer);
    return nanos;
  }

  private static boolean shakesHands(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  /** Until it needs something that has not come. */
  private void goOn(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws IOException {
    in.flip();
    boolean goesOn = true;
    while (goesOn) {
      goesOn =
          switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
              engine.getDelegatedTask().run();
              yield true;
            }
            case NEED_WRAP -> engine.wrap(plain.clear().limit(0), out).bytesProduced() > 0;
            default -> engine.unwrap(in, plain.clear()).bytesConsumed() > 0;
          };
    }
    in.compact();
  }
}
