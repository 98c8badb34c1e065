package net.conmgmt.samples.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A Redis or Valkey server of this machine, on loopback and without a file; it ends on close. */
final class RedisProcess implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(RedisProcess.class);
  private static final List<String> PROGRAMS = List.of("redis-server", "valkey-server");

  private final Process process;
  private final int port;

  private RedisProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static RedisProcess start(int port)
      throws Timeline.StepFailedException, IOException, InterruptedException {
    for (String program : PROGRAMS) {
      try {
        Process process =
            new ProcessBuilder(
                    program, "--port", String.valueOf(port), "--bind", "127.0.0.1", "--save", "")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        awaitPort(port, process);
        return new RedisProcess(process, port);
      } catch (IOException e) {
        LOG.debug("{} cannot be started", program, e);
      }
    }
    throw new Timeline.StepFailedException(
        "expected one of "
            + PROGRAMS
            + " on the PATH, found none that starts (on Debian: apt-get install redis-server)");
  }

  /** Waits until somebody listens there. */
  static void awaitPort(int port, Process process) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        if (System.nanoTime() - end > 0 || !process.isAlive()) {
          process.destroy();
          throw new IOException("Nothing listens on port " + port, e);
        }
      }
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  String uri() {
    return "redis://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
