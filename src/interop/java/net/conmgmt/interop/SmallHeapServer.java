package net.conmgmt.interop;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.PlainApplication;

/**
 * A server whose application takes all the heap for some seconds: {@code SmallHeapServer PROPERTIES
 * PORT TRANSPORT SECONDS}. It answers every request with 200, and a MESSAGE begins the shortage.
 * After that it prints again and again how many connections are open.
 */
public final class SmallHeapServer {

  private static final int LARGEST_BYTES = 1 << 20;
  private static final int SMALLEST_BYTES = 16;

  /** Each try to take more has the collector at work, and nobody else. */
  private static final int PAUSE_MILLIS = 20;

  private final PlainApplication application;
  private final ConnectionManagement management;
  private final long nanos;
  private volatile boolean full;
  private int shortages;

  private SmallHeapServer(PlainApplication application, long nanos) {
    this.application = application;
    this.nanos = nanos;
    management = ConnectionManagement.of(application.stack());
    application.beforeAnswers(this::look);
  }

  /** Runs until the process is ended. */
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(args[0]))) {
      properties.load(reader);
    }
    SmallHeapServer server =
        new SmallHeapServer(
            new PlainApplication(properties, "127.0.0.1", Integer.parseInt(args[1]), args[2]),
            TimeUnit.SECONDS.toNanos(Long.parseLong(args[3])));
    System.out.println("ready");
    server.run();
  }

  private void look() {
    Request request = application.requests.poll();
    if (request != null && request.getMethod().equals(Request.MESSAGE)) {
      full = true;
    }
  }

  private void run() throws InterruptedException, IOException {
    while (!full) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    takeAll();
    System.out.println("the heap is free again, after " + shortages + " shortages");
    while (true) {
      System.out.println("open: " + management.connections().size() + ";");
      TimeUnit.MILLISECONDS.sleep(500);
    }
  }

  /** What others give back is taken again and again. */
  private void takeAll() throws InterruptedException {
    long begin = System.nanoTime();
    Object[] held = {};
    int bytes = LARGEST_BYTES;
    while (System.nanoTime() - begin < nanos) {
      try {
        held = new Object[] {new byte[bytes], held};
      } catch (OutOfMemoryError e) {
        shortages++;
        bytes /= 2;
        if (bytes < SMALLEST_BYTES) {
          bytes = LARGEST_BYTES;
          TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
      }
    }
  }
}
