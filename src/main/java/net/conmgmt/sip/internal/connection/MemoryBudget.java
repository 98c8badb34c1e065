package net.conmgmt.sip.internal.connection;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the memory, in bytes, that all connections of a stack hold together in received data that
 * is not processed yet and in pending output. Each connection has limits of its own, but those of
 * many connections can add up to more than any heap. Thread-safe.
 */
public final class MemoryBudget {

  /** A holder of no more than this is not counted, so that small messages share no counter. */
  private static final int FREE_BYTES = 4_096;

  private static final int PART_OF_HEAP = 4;

  /** That part of the bound is left to those who would be refused. */
  private static final int KEPT_PART = 4;

  private final long mostBytes;
  private final AtomicLong takenBytes = new AtomicLong();

  /** A bound of so many bytes. */
  public MemoryBudget(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** A quarter of the largest heap that the JVM may have. */
  public static MemoryBudget ofHeap() {
    return new MemoryBudget(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
  }

  /** How much all shares hold. */
  public long takenBytes() {
    return takenBytes.get();
  }

  /** How much more the shares may hold; negative where what could not be refused is beyond. */
  public long leftBytes() {
    return mostBytes - takenBytes.get();
  }

  /** A new share of it, which holds nothing yet. */
  public Share share() {
    return new Share();
  }

  /** Why a share was refused and what helps, to go on with after how much was asked for. */
  public String refusal() {
    return "found no room: all connections of the stack together may hold "
        + mostBytes
        + " bytes, a quarter of the heap, and "
        + takenBytes.get()
        + " are taken. Raise -Xmx, or lower MAX_BODY_BYTES, MAX_WRITE_QUEUE_BYTES or"
        + " MAX_CONNECTIONS_PER_ADDRESS";
  }

  private boolean take(long bytes) {
    long before = takenBytes.get();
    while (before + bytes <= mostBytes) {
      if (takenBytes.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = takenBytes.get();
    }
    return false;
  }

  /** What one holder takes of it. Thread-safe. */
  public final class Share {

    private static final long ENDED = -1;

    // Guarded by this. ENDED is for good; it has no field of its own, as each connection has three
    // shares.
    private long counted;

    private Share() {}

    /**
     * It is this many bytes from now on. Less is always granted; false, and no change, where there
     * is no room for more.
     */
    public synchronized boolean hold(long bytes) {
      if (counted == ENDED) {
        return true;
      }
      long more = more(bytes);
      if (more > 0) {
        if (!take(more)) {
          return false;
        }
        counted += more;
      } else {
        change(more);
      }
      return true;
    }

    /**
     * The same for what is there already: it is counted in any case. False where little is left for
     * all, so that its holder takes in no more before others are refused.
     */
    public synchronized boolean holdAnyway(long bytes) {
      if (counted == ENDED) {
        return true;
      }
      change(more(bytes));
      return counted == 0 || leftBytes() >= mostBytes / KEPT_PART;
    }

    /** It holds nothing, now and for ever. */
    public synchronized void end() {
      if (counted != ENDED) {
        change(-counted);
        counted = ENDED;
      }
    }

    private void change(long more) {
      // Nearly always nothing changes, and all connections share the counter.
      if (more != 0) {
        takenBytes.addAndGet(more);
        counted += more;
      }
    }

    private long more(long bytes) {
      return (bytes <= FREE_BYTES ? 0 : bytes) - counted;
    }
  }
}
