package net.conmgmt.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A way over TCP to a server on loopback that can be cut as a network can: while it is cut nothing
 * gets through and nobody is told, and what was on its way arrives late, once it is whole again.
 * Thread-safe.
 */
final class CuttableRelay implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(CuttableRelay.class);
  private static final int LARGEST = 65_536;

  private final int serverPort;
  private final ServerSocket front = new ServerSocket();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  // Guarded by this.
  private boolean cut;

  CuttableRelay(int serverPort) throws IOException {
    this.serverPort = serverPort;
    front.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    work("accept", this::accept);
  }

  int port() {
    return front.getLocalPort();
  }

  synchronized void cut() {
    cut = true;
  }

  synchronized void heal() {
    cut = false;
    notifyAll();
  }

  private synchronized void awaitWhole() throws InterruptedException {
    while (cut) {
      wait();
    }
  }

  private interface Step {
    void run() throws IOException, InterruptedException;
  }

  private void work(String what, Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                LOG.debug("A way through the relay ends", e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "relay " + port() + " " + what);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = front.accept();
      sockets.add(client);
      work("connect", () -> connect(client));
    }
  }

  private void connect(Socket client) throws IOException, InterruptedException {
    awaitWhole();
    Socket server = new Socket();
    sockets.add(server);
    try {
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
    } catch (IOException e) {
      close(client, server);
      throw e;
    }
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
    work("back", () -> pass(server, client));
    pass(client, server);
  }

  private void pass(Socket from, Socket to) throws IOException, InterruptedException {
    byte[] bytes = new byte[LARGEST];
    try {
      for (int n = from.getInputStream().read(bytes);
          n >= 0;
          n = from.getInputStream().read(bytes)) {
        awaitWhole();
        to.getOutputStream().write(bytes, 0, n);
      }
    } finally {
      awaitWhole();
      close(from, to);
    }
  }

  private void close(Socket one, Socket other) throws IOException {
    sockets.remove(one);
    sockets.remove(other);
    one.close();
    other.close();
  }

  @Override
  public void close() throws IOException {
    heal();
    front.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
