package net.conmgmt.samples.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Ports for tests. */
public final class Ports {

  private static final Logger LOG = LogManager.getLogger(Ports.class);

  /** Those of the library's own tests end here, and those of sockets that ask for any begin. */
  private static final int FIRST_BLOCK = 30_000;

  private static final int END_OF_BLOCKS = 32_700;
  private static final int BLOCK = 300;

  /** Listens for as long as this JVM runs: its block is nobody else's. */
  private static final ServerSocket OWNED = ownBlock();

  private static final AtomicInteger GIVEN = new AtomicInteger();

  private Ports() {}

  /** A loopback port that nobody listens on, and that nobody takes before the test does. */
  public static int free() throws IOException {
    while (true) {
      int port = OWNED.getLocalPort() + 1 + Math.floorMod(GIVEN.getAndIncrement(), BLOCK - 1);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        LOG.debug("Port {} is taken ({}), trying the next", port, taken.getMessage());
      }
    }
  }

  private static ServerSocket ownBlock() {
    for (int first = FIRST_BLOCK; first < END_OF_BLOCKS; first += BLOCK) {
      try {
        return new ServerSocket(first, 1, InetAddress.getLoopbackAddress());
      } catch (IOException taken) {
        LOG.debug("Port {} is taken ({}), trying the next block", first, taken.getMessage());
      }
    }
    throw new IllegalStateException(
        "Cannot find ports for tests: expected one free among every "
            + BLOCK
            + "th from "
            + FIRST_BLOCK
            + ", found all taken; end processes that listen on loopback");
  }
}
