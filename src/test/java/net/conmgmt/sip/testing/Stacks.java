package net.conmgmt.sip.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Properties;

/** What tests with real stacks need: properties that switch the plugin on, and free ports. */
public final class Stacks {

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

  /** A loopback port that nobody listens on at the moment. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
