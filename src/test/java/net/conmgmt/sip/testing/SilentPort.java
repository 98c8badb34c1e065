package net.conmgmt.sip.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A loopback port that swallows the first packet of a connection, as a host behind a firewall does:
 * it listens, and its queue of connections that nobody accepts is full.
 */
public final class SilentPort implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(SilentPort.class);
  private static final int MOST = 10;
  private static final int PATIENCE_MILLIS = 200;

  private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final List<Socket> fillers = new ArrayList<>();

  /** Listens and fills the queue. */
  public SilentPort() throws IOException {
    for (int i = 0; i < MOST; i++) {
      Socket filler = new Socket();
      fillers.add(filler);
      try {
        filler.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), PATIENCE_MILLIS);
      } catch (SocketTimeoutException full) {
        LOG.debug("Full after {} connections", i, full);
        return;
      }
    }
    throw new IOException("The queue of a listening socket takes more than " + MOST);
  }

  public int port() {
    return server.getLocalPort();
  }

  public ServerSocket server() {
    return server;
  }

  @Override
  public void close() throws IOException {
    for (Socket filler : fillers) {
      filler.close();
    }
    server.close();
  }
}
