package net.conmgmt.sip.transport;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import net.conmgmt.sip.logging.LogContext;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one connection on their way to the stack: one after the other, in the order in
 * which they were sent, on the stack's workers. Thread-safe.
 */
final class InboundQueue implements Runnable {

  private static final Logger LOG = LogManager.getLogger(InboundQueue.class);

  /** A message as it was cut out of the stream. */
  static final class Inbound {
    private final byte[] head;
    private final byte[] body;

    Inbound(byte[] head, byte[] body) {
      this.head = head;
      this.body = body;
    }

    byte[] head() {
      return head;
    }

    byte[] body() {
      return body;
    }

    int size() {
      return head.length + body.length;
    }
  }

  /** Where messages go, and what is told when too many, or again few, are waiting. */
  interface Consumer {
    void process(Inbound inbound);

    void pauseReading(boolean pause);
  }

  /** How many messages of one connection a worker takes before others have their turn. */
  private static final int BATCH = 64;

  private final Consumer consumer;
  private final Executor executor;
  private final int maxWaitingBytes;
  private final ArrayDeque<Inbound> waiting = new ArrayDeque<>(1);
  private int waitingBytes;
  private boolean running;
  private @Nullable Runnable end;
  private boolean paused;

  InboundQueue(Consumer consumer, Executor executor, int maxWaitingBytes) {
    this.consumer = consumer;
    this.executor = executor;
    this.maxWaitingBytes = maxWaitingBytes;
  }

  void add(Inbound inbound) {
    boolean start;
    boolean pause;
    synchronized (waiting) {
      waiting.add(inbound);
      waitingBytes += inbound.size();
      start = !running;
      running = true;
      pause = !paused && waitingBytes > maxWaitingBytes;
      paused |= pause;
      if (pause) {
        // Inside the lock, so that it cannot come after the resume that belongs to it.
        consumer.pauseReading(true);
      }
    }
    if (start) {
      callWorker();
    }
  }

  /** Runs {@code last} when nothing waits any more: now, or on the worker that is at it. */
  void end(Runnable last) {
    synchronized (waiting) {
      if (running) {
        end = last;
        return;
      }
    }
    last.run();
  }

  private void callWorker() {
    try {
      executor.execute(this);
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: the stack stops, a received message has no worker left", consumer, e);
      synchronized (waiting) {
        waiting.clear();
        running = false;
      }
      finish();
    }
  }

  private void finish() {
    Runnable last;
    synchronized (waiting) {
      last = end;
      end = null;
    }
    if (last != null) {
      last.run();
    }
  }

  @Override
  public void run() {
    for (int i = 0; i < BATCH; i++) {
      Inbound next = poll();
      if (next == null) {
        finish();
        return;
      }
      LogContext.enter(consumer);
      try {
        consumer.process(next);
      } catch (RuntimeException | Error e) {
        LOG.error("{}: processing a message failed; the connection goes on", consumer, e);
      } finally {
        LogContext.leave();
      }
    }
    callWorker();
  }

  private @Nullable Inbound poll() {
    synchronized (waiting) {
      Inbound next = waiting.poll();
      if (next == null) {
        running = false;
        return null;
      }
      waitingBytes -= next.size();
      if (paused && waitingBytes <= maxWaitingBytes / 2) {
        paused = false;
        consumer.pauseReading(false);
      }
      return next;
    }
  }
}
