package net.conmgmt.sip.internal.tls;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import net.conmgmt.sip.internal.tls.TlsEngine.Need;
import org.jspecify.annotations.Nullable;

/**
 * The state that the parts of one {@link TlsWire} share. Its monitor is the lock of the wire: all
 * fields here, and those that a part marks as guarded by it, are used under that lock.
 *
 * <p>The engine is used under the lock, too, except while it needs its tasks: then it belongs to
 * the step of the handshake that runs them, and no other thread touches it.
 */
final class TlsState {

  private static final AtomicIntegerFieldUpdater<TlsState> READER_WAITS =
      AtomicIntegerFieldUpdater.newUpdater(TlsState.class, "readerWaits");

  // 1 while the thread that reads wants the lock. Its stores need no fence: the lock has one.
  private volatile int readerWaits;

  /** Made by the first step of the handshake. */
  @Nullable TlsEngine engine;

  Need need = Need.PEER;

  /** Whether the handshake is done and the owner has accepted the peer. */
  boolean open;

  boolean closed;

  /** The thread that reads takes the lock next, and calls {@link #readerHasLock} with it. */
  void readerWantsLock() {
    READER_WAITS.lazySet(this, 1);
  }

  /** Guarded by this. */
  void readerHasLock() {
    READER_WAITS.lazySet(this, 0);
  }

  /**
   * Called without the lock by a thread that is going to take it again at once: a monitor alone
   * would often let that thread be quicker than one that waits.
   */
  // Correct whatever yield does: it only leaves the processor to the reader, who has it for one
  // step.
  @SuppressWarnings("ThreadPriorityCheck")
  void letReaderGoFirst() {
    while (readerWaits != 0) {
      Thread.yield();
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized boolean needs(Need asked) {
    return need == asked;
  }

  /** Something failed: no more plaintext is taken, but the engine may still make an alert. */
  synchronized void takeNoPlaintext() {
    need = Need.PEER;
  }

  /** Whether the engine takes plaintext. Guarded by this. */
  boolean takesPlaintext() {
    return open && need == Need.NOTHING;
  }
}
