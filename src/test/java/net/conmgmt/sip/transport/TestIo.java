package net.conmgmt.sip.transport;

import java.io.IOException;
import net.conmgmt.sip.connection.StackWorkers;
import net.conmgmt.sip.time.Scheduler;

/** A kind of I/O by itself; its threads end when they have been idle for a while. */
final class TestIo {

  private TestIo() {}

  static SocketIo start(String kind, Scheduler scheduler) throws IOException {
    StackWorkers workers = new StackWorkers(2);
    workers.start("test-worker");
    return kind.equals("nio")
        ? new SelectedIo(scheduler, "test-io", workers)
        : new BlockingIo(scheduler, "test-io", workers);
  }
}
