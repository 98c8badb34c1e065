package net.conmgmt.sip.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Clients that connect over TLS all at once, each with a handshake of its own, send one request and
 * wait for its answer. They know bytes only and share the calling thread. Not thread-safe.
 */
public final class ManyTlsClients implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(ManyTlsClients.class);

  private final Selector selector = Selector.open();
  private final ByteBuffer records = ByteBuffer.allocate(64 * 1024);
  private final ByteBuffer plain = ByteBuffer.allocate(64 * 1024);
  private final List<Client> clients = new ArrayList<>();
  // Connected, and its handshake has not begun.
  private final Queue<SelectionKey> connected = new ArrayDeque<>();
  private int served;
  private int lost;

  public ManyTlsClients() throws IOException {}

  /**
   * Connects so many clients to a loopback port.
   *
   * @param requests the request of each, by its number
   */
  public ManyTlsClients connect(
      SSLContext context, String version, int port, int count, IntFunction<String> requests)
      throws IOException {
    int before = clients.size();
    for (int i = before; i < before + count; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      // No host and port: that would resume the session of another client.
      SSLEngine engine = context.createSSLEngine();
      engine.setUseClientMode(true);
      engine.setEnabledProtocols(new String[] {version});
      Client client = new Client(channel, engine, requests.apply(i).getBytes(US_ASCII));
      clients.add(client);
      channel.register(selector, SelectionKey.OP_CONNECT, client);
    }
    return this;
  }

  /** Goes on until each client is served or has lost its connection; gives how many are served. */
  public int awaitOutcomes() throws IOException {
    while (served + lost < clients.size()) {
      goRound(0);
    }
    return served;
  }

  /** The same, but no longer than that; clients without an outcome are not counted as served. */
  public int awaitOutcomes(Duration atMost) throws IOException {
    long end = System.nanoTime() + atMost.toNanos();
    long left = atMost.toMillis();
    while (served + lost < clients.size() && left > 0) {
      goRound(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    return served;
  }

  /** What has come is read before the next handshake begins, as it would be on many machines. */
  private void goRound(long millis) throws IOException {
    SelectionKey next = connected.poll();
    if (next == null) {
      selector.select(this::handle, millis);
      return;
    }
    begin(next);
    selector.selectNow(this::handle);
  }

  private void handle(SelectionKey key) {
    if (key.isConnectable()) {
      key.interestOps(0);
      connected.add(key);
      return;
    }
    Client client = (Client) key.attachment();
    try {
      client.read();
    } catch (IOException e) {
      LOG.debug("A client has lost its connection", e);
      client.lose();
    }
  }

  private void begin(SelectionKey key) {
    Client client = (Client) key.attachment();
    try {
      client.channel.finishConnect();
      key.interestOps(SelectionKey.OP_READ);
      client.engine.beginHandshake();
      client.goOn();
    } catch (IOException e) {
      LOG.debug("A client could not begin", e);
      client.lose();
    }
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.channel.close();
    }
    selector.close();
  }

  private final class Client {
    private final SocketChannel channel;
    private final SSLEngine engine;
    private final byte[] request;
    // Ready to be read.
    private ByteBuffer rest = ByteBuffer.allocate(0);
    private boolean sent;
    private boolean isServed;

    Client(SocketChannel channel, SSLEngine engine, byte[] request) {
      this.channel = channel;
      this.engine = engine;
      this.request = request;
    }

    void lose() {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.trace("Closing failed", e);
      }
      lost += isServed ? 0 : 1;
    }

    void read() throws IOException {
      records.clear().put(rest);
      if (channel.read(records) < 0) {
        lose();
        return;
      }
      records.flip();
      SSLEngineResult result;
      do {
        plain.clear();
        result = engine.unwrap(records, plain);
        goOn();
        if (plain.position() > 0 && !isServed) {
          isServed = true;
          served++;
        }
      } while (result.getStatus() == Status.OK
          && (records.hasRemaining() || result.bytesProduced() > 0));
      if (result.getStatus() == Status.CLOSED) {
        lose();
        return;
      }
      rest = ByteBuffer.allocate(records.remaining()).put(records).flip();
    }

    private void goOn() throws IOException {
      HandshakeStatus status = engine.getHandshakeStatus();
      while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
        if (status == HandshakeStatus.NEED_TASK) {
          engine.getDelegatedTask().run();
        } else {
          write(new byte[0]);
        }
        status = engine.getHandshakeStatus();
      }
      if (status == HandshakeStatus.NOT_HANDSHAKING && !sent) {
        sent = true;
        write(request);
      }
    }

    private void write(byte[] bytes) throws IOException {
      ByteBuffer record = ByteBuffer.allocate(17 * 1024);
      engine.wrap(ByteBuffer.wrap(bytes), record);
      record.flip();
      while (record.hasRemaining()) {
        channel.write(record);
      }
    }
  }
}
