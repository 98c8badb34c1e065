package net.conmgmt.sip.internal.directory;

import java.util.concurrent.TimeUnit;

/**
 * Notices that the store has stopped answering, so that later requests do not wait for it as well:
 * the connection to a server that hangs or is cut off stays open for a long time. Any answer ends
 * the silence. Thread-safe.
 */
final class Silence {

  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private boolean waiting;
  private long sinceNanos;

  synchronized void asked(long now) {
    if (!waiting) {
      waiting = true;
      sinceNanos = now;
    }
  }

  synchronized void answered() {
    waiting = false;
  }

  synchronized boolean reigns(long now) {
    return waiting && now - sinceNanos > LONGEST_NANOS;
  }
}
