package net.conmgmt.sip.internal.logging;

import java.net.ServerSocket;
import java.util.Properties;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import net.conmgmt.sip.logging.Log4jServerLogger;
import net.conmgmt.sip.logging.Log4jStackLogger;

/**
 * Started by a test in a JVM that has no log4j 1.x: brings up a stack; exit status 0 says that it
 * did.
 */
public final class WithoutLog4j1 {

  private WithoutLog4j1() {}

  public static void main(String[] args) throws Exception {
    if (WithoutLog4j1.class.getClassLoader().getResource("org/apache/log4j/Logger.class") != null) {
      throw new IllegalStateException("log4j 1.x is on the class path, so this proves nothing");
    }
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "without-log4j-1");
    properties.setProperty("gov.nist.javax.sip.STACK_LOGGER", Log4jStackLogger.class.getName());
    properties.setProperty("gov.nist.javax.sip.SERVER_LOGGER", Log4jServerLogger.class.getName());
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
    stack.start();
    stack.stop();
    System.exit(0);
  }
}
