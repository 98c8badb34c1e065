package net.conmgmt.sip.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What tests with real stacks need: properties that switch the plugin on, and free ports. */
public final class Stacks {

  private static final Logger LOG = LogManager.getLogger(Stacks.class);

  /** Below those that systems give to sockets which ask for any. */
  private static final int FIRST_BLOCK = 10_000;

  private static final int END_OF_BLOCKS = 30_000;
  private static final int BLOCK = 1_000;

  /**
   * Listens on the first port of a block for as long as this JVM runs: the block is nobody else's,
   * whatever other test JVMs run beside it.
   */
  private static final ServerSocket OWNED = ownBlock();

  private static final AtomicInteger GIVEN = new AtomicInteger();

  private Stacks() {}

  /** The properties that an application sets, and further pairs of name and value. */
  public static Properties managed(String... pairs) {
    Properties properties = new Properties();
    properties.setProperty(
        "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
        "net.conmgmt.sip.transport.ManagedMessageProcessorFactory");
    for (int i = 0; i < pairs.length; i += 2) {
      properties.setProperty(pairs[i], pairs[i + 1]);
    }
    return properties;
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

  /** A loopback port that nobody listens on, and that nobody takes before the test does. */
  public static int freePort() throws IOException {
    while (true) {
      int port = OWNED.getLocalPort() + 1 + Math.floorMod(GIVEN.getAndIncrement(), BLOCK - 1);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        LOG.debug("Port {} is taken ({}), trying the next", port, taken.getMessage());
      }
    }
  }
}
