package net.conmgmt.sip.simulation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.tls.TlsWire;
import org.jspecify.annotations.Nullable;

/** A wire over a socket of the simulated network, with the manners of the one for nio. */
final class SimulatedWire implements Wire, SimulatedSocket.Owner {

  private static final long LINGERS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Host host;
  private final World world;
  private final World.Life process;
  private final Scheduler scheduler;
  private final User user;
  private final WriteQueue queue;
  private @Nullable SimulatedSocket socket;
  private @Nullable ByteBuffer farewell;
  private Scheduler.@Nullable Task lingering;
  // Another step may write while the one that connects stands still.
  private final List<ByteBuffer> beforeSocket = new ArrayList<>();
  private boolean connected;
  private boolean closed;
  private int pauses;

  SimulatedWire(Host host, Scheduler scheduler, User user, WriteQueue queue) {
    this.host = host;
    this.world = host.world;
    this.process = host.process();
    this.scheduler = scheduler;
    this.user = user;
    this.queue = queue;
  }

  @Override
  public void connect(InetSocketAddress remote, InetAddress from) {
    if (closed) {
      return;
    }
    if (world.dice.once(60)) {
      world.coverage.count("network: connect fails at once");
      user.failed(new IOException("Network is unreachable"));
      return;
    }
    SimulatedSocket opened =
        new SimulatedSocket(host.network, host.machine, process, host.machine.newAddress(), remote);
    adopt(opened);
    opened.ownedBy(this);
    host.checks.bytes.connects(host, opened, user instanceof TlsWire);
    beforeSocket.forEach(bytes -> host.checks.bytes.wrote(host, opened, bytes));
    host.network.connect(opened, remote, TimeUnit.SECONDS.toNanos(1));
  }

  @Override
  public void begin(SocketChannel accepted) {
    SimulatedSocket own = ((SimulatedChannel) accepted).simulated();
    if (closed) {
      own.close();
      return;
    }
    adopt(own);
    host.checks.own(own);
    connected = true;
    user.connected();
    // Nothing reads before that, as with a loop that registers the socket then.
    own.ownedBy(this);
    writable();
    own.readable();
  }

  private void adopt(SimulatedSocket own) {
    socket = own;
    if (user instanceof TlsWire) {
      own.log.encrypted();
    } else if (user instanceof ManagedConnection connection) {
      own.user = connection;
    }
  }

  // --- what the socket tells ------------------------------------------------------------------

  @Override
  public void connected() {
    connected = true;
    user.connected();
    writable();
  }

  @Override
  public void received(ByteBuffer bytes) {
    if (socket != null) {
      host.checks.bytes.read(socket);
    }
    user.received(bytes);
  }

  @Override
  public void ended() {
    user.ended();
  }

  @Override
  public void failed(IOException cause) {
    if (closed) {
      closeNow();
    } else {
      user.failed(cause);
    }
  }

  @Override
  public boolean isReading() {
    return pauses == 0 && !closed;
  }

  @Override
  public boolean hasToWrite() {
    return !nothingWaits();
  }

  @Override
  public void writable() {
    boolean wrote;
    boolean done;
    try {
      synchronized (this) {
        if (!connected || nothingWaits()) {
          return;
        }
        wrote = writeWhatFits();
        done = nothingWaits();
      }
    } catch (IOException e) {
      failed(e);
      return;
    }
    if (wrote && socket != null) {
      host.checks.bytes.wroteLate(socket);
    }
    if (!closed && wrote) {
      user.wroteQueued(done);
    } else if (closed && done) {
      closeNow();
    }
  }

  private synchronized boolean nothingWaits() {
    return queue.isEmpty() && farewell == null;
  }

  private boolean writeWhatFits() throws IOException {
    SimulatedSocket own = socket;
    boolean wrote = false;
    ByteBuffer next = queue.next();
    while (next != null && own != null) {
      wrote |= own.write(next) > 0;
      boolean full = next.hasRemaining();
      queue.wrote();
      if (full) {
        return wrote;
      }
      next = queue.next();
    }
    ByteBuffer last = farewell;
    if (last != null && own != null) {
      wrote |= own.write(last) > 0;
      if (!last.hasRemaining()) {
        farewell = null;
      }
    }
    return wrote;
  }

  // --- what its user does ---------------------------------------------------------------------

  @Override
  public @Nullable InetSocketAddress localAddress() {
    return socket == null ? null : socket.localAddress();
  }

  @Override
  public synchronized boolean write(ByteBuffer bytes) throws IOException {
    SimulatedSocket own = socket;
    if (closed) {
      throw new IOException("The socket is not open");
    }
    ByteBuffer whole = bytes.duplicate();
    if (connected && own != null && queue.isEmpty()) {
      own.write(bytes);
    }
    boolean all = !bytes.hasRemaining();
    if (!all) {
      world.coverage.count("wire: a write waits");
      queue.add(bytes);
    }
    if (own != null) {
      host.checks.bytes.wrote(host, own, whole);
    } else {
      beforeSocket.add(whole);
    }
    return all;
  }

  @Override
  public synchronized void pauseReading(boolean pause) {
    pauses += pause ? 1 : -1;
    if (pauses == 0 && socket != null) {
      socket.readable();
    }
  }

  @Override
  public boolean isReadingPaused() {
    return pauses > 0;
  }

  @Override
  public synchronized void close(@Nullable ByteBuffer last) {
    if (closed) {
      return;
    }
    closed = true;
    if (socket == null) {
      queue.drop();
      return;
    }
    socket.leaving = true;
    farewell = last != null && last.hasRemaining() ? last : null;
    if (connected && !nothingWaits()) {
      try {
        writeWhatFits();
        if (!nothingWaits()) {
          world.coverage.count("wire: a close waits for the last bytes");
          lingering = scheduler.schedule(Scheduler.named(this, this::closeNow), LINGERS_NANOS);
          return;
        }
      } catch (IOException e) {
        world.note(host, "the last bytes of " + user + " find no peer: " + e.getMessage());
      }
    }
    closeNow();
  }

  /** Nobody waits any more for a peer that has not taken the last bytes. */
  void stackStops() {
    if (lingering != null) {
      closeNow();
    }
  }

  private synchronized void closeNow() {
    if (lingering != null) {
      lingering.cancel();
      lingering = null;
    }
    if (socket != null) {
      socket.leftUnsent = !nothingWaits();
    }
    farewell = null;
    queue.drop();
    if (socket != null) {
      socket.close();
    }
  }

  @Override
  public String toString() {
    return String.valueOf(user);
  }
}
