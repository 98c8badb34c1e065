package net.conmgmt.sip.bench;

import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.LogManager;

/**
 * Starts a stack in a fresh JVM and prints how many milliseconds that took, from the call of the
 * factory to the listening socket. Log and javax.sip's own factory are loaded before: an
 * application has them without this library too.
 */
public final class StartUp {

  private StartUp() {}

  public static void main(String[] args) throws Exception {
    ChildMain.quiet();
    LogManager.getLogger(StartUp.class).debug("loaded");
    int port = Stacks.freePort();
    long start = System.nanoTime();
    SipServer server = new SipServer(SipServer.properties(args), port);
    ChildMain.answer((System.nanoTime() - start) / 1e6);
    ChildMain.obey(words -> new double[] {server.port()});
  }
}
