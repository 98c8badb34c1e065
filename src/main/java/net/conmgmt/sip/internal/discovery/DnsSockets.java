package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.NamedThreads;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends queries to DNS servers over UDP and TCP, each from a port of its own, and goes on listening
 * until the right answer has come: whoever can send a datagram must not be able to end a query. One
 * thread waits for all sockets; it lives while there is a query. Thread-safe.
 *
 * <p>A UDP socket is connected, so that the kernel drops what comes from any other address.
 */
final class DnsSockets implements DnsTransport {

  static final DnsSockets SHARED = new DnsSockets(new NamedThreads("conmgmt-dns"));

  private static final Logger LOG = LogManager.getLogger(DnsSockets.class);
  private static final int LONGEST_MESSAGE = 65_535;

  private final ThreadFactory threads;
  private final Queue<Exchange> fresh = new ConcurrentLinkedQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(LONGEST_MESSAGE);

  // Guarded by this; null while there is no query.
  private @Nullable Selector selector;

  DnsSockets(ThreadFactory threads) {
    this.threads = threads;
  }

  @Override
  public Exchange ask(
      InetSocketAddress server, boolean tcp, byte[] query, Duration longest, Listener listener)
      throws IOException {
    Exchange exchange = tcp ? new Tcp(query, listener) : new Udp(query, listener);
    try {
      exchange.channel().configureBlocking(false);
      exchange.begin(server);
      await(exchange);
    } catch (IOException | RuntimeException | Error e) {
      exchange.channel().close();
      throw e;
    }
    CompletableFuture<?> unused =
        exchange
            .ended
            .completeOnTimeout(null, longest.toMillis() + 1_000, TimeUnit.MILLISECONDS)
            .thenRun(exchange::closeChannel);
    return exchange;
  }

  private synchronized void await(Exchange exchange) throws IOException {
    Selector running = selector;
    if (running == null) {
      running = started();
      selector = running;
    }
    fresh.add(exchange);
    running.wakeup();
  }

  private Selector started() throws IOException {
    Selector opened = Selector.open();
    try {
      threads.newThread(() -> run(opened)).start();
    } catch (Error e) {
      // There can be no thread now; the next query tries again.
      opened.close();
      throw e;
    }
    return opened;
  }

  private void run(Selector own) {
    try (own) {
      while (!endsWith(own)) {
        for (Exchange exchange = fresh.poll(); exchange != null; exchange = fresh.poll()) {
          exchange.register(own);
        }
        own.select();
        for (Iterator<SelectionKey> i = own.selectedKeys().iterator(); i.hasNext(); ) {
          SelectionKey key = i.next();
          i.remove();
          ((Exchange) key.attachment()).ready(key);
        }
        // Takes the keys of closed sockets out, so that what is left is what is waited for.
        own.selectNow();
      }
    } catch (IOException | RuntimeException | Error e) {
      forget(own);
      Failures.log(LOG, threads, e);
    }
  }

  private synchronized boolean endsWith(Selector own) {
    if (!own.keys().isEmpty() || !fresh.isEmpty()) {
      return false;
    }
    forget(own);
    return true;
  }

  /** The next query starts another thread. */
  private synchronized void forget(Selector own) {
    if (selector == own) {
      selector = null;
    }
  }

  private synchronized void wakeup() {
    if (selector != null) {
      selector.wakeup();
    }
  }

  /** One query to one server and what comes back. */
  abstract class Exchange implements DnsTransport.Exchange {
    final Listener listener;
    final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

    Exchange(Listener listener) {
      this.listener = listener;
    }

    abstract SelectableChannel channel();

    /** Connects the channel, which does not block, or begins to. */
    abstract void begin(InetSocketAddress server) throws IOException;

    abstract int interest();

    /** Reads or writes; returns whether the answer has come. */
    abstract boolean proceed(SelectionKey key) throws IOException;

    @Override
    public final void close() {
      ended.complete(null);
    }

    final void closeChannel() {
      try {
        channel().close();
      } catch (IOException e) {
        LOG.debug("Closing a socket to a DNS server failed", e);
      }
      wakeup();
    }

    final void register(Selector own) {
      try {
        if (channel().isOpen()) {
          channel().register(own, interest(), this);
        }
      } catch (IOException e) {
        fail(e);
      }
    }

    final void ready(SelectionKey key) {
      if (ended.isDone() || !key.isValid()) {
        return;
      }
      try {
        if (proceed(key)) {
          close();
        }
      } catch (IOException e) {
        fail(e);
      } catch (RuntimeException | Error e) {
        // Other queries, of other stacks too, go on; this one is sent again.
        if (ended.complete(null)) {
          Failures.log(LOG, threads, e);
        }
      }
    }

    private void fail(IOException cause) {
      if (ended.complete(null)) {
        listener.failed(cause);
      }
    }

    final boolean take(ByteBuffer message) {
      byte[] bytes = new byte[message.remaining()];
      message.get(bytes);
      return listener.received(bytes);
    }
  }

  private final class Udp extends Exchange {
    private final DatagramChannel channel;
    private final byte[] query;

    Udp(byte[] query, Listener listener) throws IOException {
      super(listener);
      this.query = query;
      channel = DatagramChannel.open();
    }

    @Override
    void begin(InetSocketAddress server) throws IOException {
      channel.connect(server);
      channel.write(ByteBuffer.wrap(query));
    }

    @Override
    SelectableChannel channel() {
      return channel;
    }

    @Override
    int interest() {
      return SelectionKey.OP_READ;
    }

    @Override
    boolean proceed(SelectionKey key) throws IOException {
      // One datagram at a time: who sends many must not keep the others waiting.
      buffer.clear();
      return channel.read(buffer) >= 0 && take(buffer.flip());
    }
  }

  private final class Tcp extends Exchange {
    private final SocketChannel channel;
    private final ByteBuffer out;
    private final ByteBuffer length = ByteBuffer.allocate(2);
    private @Nullable ByteBuffer in;

    Tcp(byte[] query, Listener listener) throws IOException {
      super(listener);
      out = ByteBuffer.allocate(2 + query.length).putShort((short) query.length).put(query).flip();
      channel = SocketChannel.open();
    }

    @Override
    void begin(InetSocketAddress server) throws IOException {
      channel.connect(server);
    }

    @Override
    SelectableChannel channel() {
      return channel;
    }

    @Override
    int interest() {
      return channel.isConnected() ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT;
    }

    @Override
    boolean proceed(SelectionKey key) throws IOException {
      if (!channel.isConnected() && !channel.finishConnect()) {
        return false;
      }
      if (out.hasRemaining()) {
        channel.write(out);
        key.interestOps(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        return false;
      }
      ByteBuffer message = in;
      if (message == null) {
        fill(length);
        if (length.hasRemaining()) {
          return false;
        }
        message = ByteBuffer.allocate(Short.toUnsignedInt(length.getShort(0)));
        in = message;
      }
      fill(message);
      if (message.hasRemaining()) {
        return false;
      }
      in = null;
      length.clear();
      return take(message.flip());
    }

    private void fill(ByteBuffer into) throws IOException {
      if (into.hasRemaining() && channel.read(into) < 0) {
        throw new IOException("the server closed the TCP connection before its answer");
      }
    }
  }
}
