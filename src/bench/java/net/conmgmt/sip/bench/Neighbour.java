package net.conmgmt.sip.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Who is a burden to the clients beside it, in a JVM of its own. Commands, each answered when it is
 * over:
 *
 * <ul>
 *   <li>{@code flood port millis}: one connection on which REGISTER requests are written for that
 *       time as fast as the server takes them; answers with their number.
 *   <li>{@code hellos port perSecond millis}: TLS handshakes that begin at that rate, and go no
 *       further than to what the server says first, so that they cost this side little; answers
 *       with how many of them the server has answered.
 * </ul>
 */
public final class Neighbour {

  private static final Logger LOG = LogManager.getLogger(Neighbour.class);
  private static final int AT_ONCE = 100;

  private Neighbour() {}

  public static void main(String[] args) throws Exception {
    ChildMain.begin();
    ChildMain.obey(
        words -> {
          int port = Integer.parseInt(words[1]);
          return switch (words[0]) {
            case "flood" -> new double[] {flood(port, Integer.parseInt(words[2]))};
            case "hellos" ->
                new double[] {hellos(port, Integer.parseInt(words[2]), Integer.parseInt(words[3]))};
            default -> throw new IllegalArgumentException("Unknown command " + words[0]);
          };
        });
  }

  private static int flood(int port, int millis) throws IOException {
    byte[] request = RegisterText.of(1, false);
    ByteBuffer requests = ByteBuffer.allocateDirect(AT_ONCE * request.length);
    int count = 0;
    try (SocketChannel channel = SocketChannel.open(address(port))) {
      Thread reader = new Thread(() -> readAll(channel), "flood-reader");
      reader.setDaemon(true);
      reader.start();
      // A write may wait for ever for a server that reads no more.
      closeAfter(channel, millis);
      while (channel.isOpen()) {
        requests.clear();
        for (int i = 0; i < AT_ONCE; i++) {
          RegisterText.put(request, count++, requests);
        }
        channel.write(requests.flip());
      }
    } catch (IOException e) {
      LOG.debug("The flood is over", e);
    }
    return count;
  }

  private static void closeAfter(SocketChannel channel, int millis) {
    Thread timer =
        new Thread(
            () -> {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
              close(channel);
            },
            "flood-timer");
    timer.setDaemon(true);
    timer.start();
  }

  private static void readAll(SocketChannel channel) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(64 * 1024);
    try {
      while (channel.read(bytes.clear()) >= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      LOG.debug("The flood is over", e);
    }
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("Closing failed", e);
    }
  }

  private static int hellos(int port, int perSecond, int millis) throws Exception {
    ByteBuffer hello = hello();
    int answered = 0;
    long start = System.nanoTime();
    int count = (int) ((long) perSecond * millis / 1_000);
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < count; i++) {
        long due = start + TimeUnit.SECONDS.toNanos(i) / perSecond;
        long wait = due - System.nanoTime();
        while (wait > 0) {
          selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(wait)));
          answered += leave(selector);
          wait = due - System.nanoTime();
        }
        begin(selector, port, hello.duplicate());
        selector.selectNow();
        answered += leave(selector);
      }
      for (SelectionKey key : selector.keys()) {
        close((SocketChannel) key.channel());
      }
    }
    return answered;
  }

  private static void begin(Selector selector, int port, ByteBuffer hello) {
    try {
      SocketChannel channel = SocketChannel.open(address(port));
      channel.write(hello);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      LOG.debug("The server does not want this one", e);
    }
  }

  private static int leave(Selector selector) {
    int count = selector.selectedKeys().size();
    selector.selectedKeys().forEach(key -> close((SocketChannel) key.channel()));
    selector.selectedKeys().clear();
    return count;
  }

  /** What a client of TLS 1.2 says first; the server signs its answer to that. */
  private static ByteBuffer hello() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {"TLSv1.2"});
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.beginHandshake();
    engine.wrap(ByteBuffer.allocate(0), hello);
    return hello.flip();
  }
}
