package net.conmgmt.sip.internal.discovery;

import gov.nist.javax.sip.SipStackImpl;
import java.util.Properties;
import net.conmgmt.sip.testing.Stacks;

/**
 * Started by a test in a JVM of its own: makes a stack that discovers; exit status 0 if it could.
 */
public final class DiscoveringApplication {

  private DiscoveringApplication() {}

  @SuppressWarnings("CatchAndPrintStackTrace") // the test that started it reads it
  public static void main(String[] args) throws Exception {
    Properties properties =
        Stacks.managed(
            "javax.sip.STACK_NAME",
            "discovering",
            "gov.nist.javax.sip.STACK_LOGGER",
            "net.conmgmt.sip.logging.Log4jStackLogger",
            "gov.nist.javax.sip.SERVER_LOGGER",
            "net.conmgmt.sip.logging.Log4jServerLogger",
            "javax.sip.ROUTER_PATH",
            "net.conmgmt.sip.discovery.DiscoveryRouter");
    int status = 1;
    try {
      new SipStackImpl(properties);
      status = 0;
    } catch (Exception | Error e) {
      e.printStackTrace();
    } finally {
      // What the stack has started by then does not end by itself.
      System.exit(status);
    }
  }
}
