package net.conmgmt.sip.internal.config;

import java.util.Properties;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Checks a stack's properties at start-up, on behalf of a part that needs none of them itself.
 * Stateless.
 */
public final class StartUp {

  private static final Logger LOG = LogManager.getLogger(StartUp.class);

  private StartUp() {}

  /**
   * Logs what is odd about them, once for each stack. A bad value does not keep the stack from
   * starting here: the transport or the router does that, if the stack has them.
   */
  public static void check(Properties ofStack) {
    try {
      ConnectionManagementProperties.ofStack(ofStack);
    } catch (IllegalArgumentException e) {
      LOG.warn("{}", e.getMessage());
    }
  }
}
