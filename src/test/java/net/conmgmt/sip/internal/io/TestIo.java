package net.conmgmt.sip.internal.io;

import java.io.IOException;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.Scheduler;

/** A kind of I/O by itself; its threads end when they have been idle for a while. */
public final class TestIo {

  private TestIo() {}

  public static SocketIo start(String kind, Scheduler scheduler) throws IOException {
    StackWorkers workers = new StackWorkers(2);
    workers.start("test-worker");
    return start(kind, scheduler, workers);
  }

  /** With workers that are there. */
  public static SocketIo start(String kind, Scheduler scheduler, StackWorkers workers)
      throws IOException {
    return kind.equals("nio")
        ? new NioIo(scheduler, "test-io", workers)
        : new BlockingIo(scheduler, "test-io", workers);
  }
}
