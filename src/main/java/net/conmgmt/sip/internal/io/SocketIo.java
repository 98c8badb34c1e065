package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.Scheduler;

/** Makes the wires of one stack, and decides which threads wait for its sockets. Thread-safe. */
public interface SocketIo {

  /** How long to wait after a failed accept: out of descriptors, most likely. */
  long ACCEPT_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Takes in what a listening socket accepts. Called by one thread at a time; never throws. */
  interface Acceptor {
    void accepted(SocketChannel socket);

    /** Whether a handshake follows, so that nobody is accepted while too many wait for theirs. */
    default boolean shakesHands() {
      return false;
    }

    /** Accepting failed; the next try comes after a pause. */
    void acceptFailed(IOException cause);
  }

  /** Makes the I/O of a stack. A part of its scope: one that is there before is used. */
  interface Kind {
    /** Starts what moves the bytes; its threads carry that name. */
    SocketIo start(Scheduler scheduler, String threadName, StackWorkers workers) throws IOException;

    /** A listening socket that is bound, and not yet accepted from. */
    ServerSocketChannel bind(InetSocketAddress address, int backlog) throws IOException;
  }

  /** The sockets of the system. */
  static Kind ofSystem(boolean blocking) {
    return new Kind() {
      @Override
      public SocketIo start(Scheduler scheduler, String threadName, StackWorkers workers)
          throws IOException {
        return blocking && !workers.areVirtual()
            ? new BlockingIo(scheduler, threadName, workers)
            : new NioIo(scheduler, threadName, workers);
      }

      @Override
      public ServerSocketChannel bind(InetSocketAddress address, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
          channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
          return channel.bind(address, backlog);
        } catch (IOException | RuntimeException e) {
          channel.close();
          throw e;
        }
      }
    };
  }

  /** A wire for one connection; it is not connected yet. */
  Wire wire(Wire.User user, WriteQueue queue);

  /** Accepts connections until the listening socket is closed by {@link #stopListening}. */
  void listen(ServerSocketChannel server, Acceptor acceptor) throws IOException;

  /** Closes a listening socket; its port is free on return. */
  void stopListening(ServerSocketChannel server) throws IOException;

  /** Runs what users do with bytes that arrived, which may take long. */
  Executor workers();

  /** How many of the workers one connection may hold for long, so that others find one. */
  int mostWorkersOfOne();

  /** Where TLS handshakes have their turn. */
  HandshakeQueue handshakes();

  /** Where large messages become TLS records; a thread that serves others must not be held. */
  Executor tlsTasks();

  /** Whether the calling thread moves bytes here, so that it must not wait for any. */
  boolean isOwnThread();

  /** Ends every thread and waits for them, so that every descriptor is freed on return. */
  void stop();

  /** A socket that is ready to connect. */
  static SocketChannel open(InetAddress from) throws IOException {
    try {
      return bound(from);
    } catch (BindException e) {
      if (NetworkInterface.getByInetAddress(from) == null) {
        // This machine has another address than when the listening point was made.
        return bound(new InetSocketAddress(0).getAddress());
      }
      throw new LocalFaultException(e);
    } catch (IOException e) {
      throw new LocalFaultException(e);
    }
  }

  private static SocketChannel bound(InetAddress from) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      if (!from.isAnyLocalAddress()) {
        channel.bind(new InetSocketAddress(from, 0));
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Connects, or begins to; whether it is connected. */
  static boolean connect(SocketChannel channel, InetSocketAddress remote) throws IOException {
    try {
      return channel.connect(remote);
    } catch (SocketException e) {
      // A refusal, and a route that ends somewhere, have types of their own; this is no network.
      throw e.getClass() == SocketException.class ? new LocalFaultException(e) : e;
    }
  }
}
