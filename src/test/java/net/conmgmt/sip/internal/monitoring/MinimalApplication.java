package net.conmgmt.sip.internal.monitoring;

import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.ObjectName;
import javax.management.relation.MBeanServerNotificationFilter;
import javax.sip.SipFactory;
import javax.sip.SipStack;

/**
 * Started by a test in a JVM that has nothing but what an application inherits. Exit status 0 says
 * that a managed stack came up, showed its MBean and took it away again.
 */
final class MinimalApplication {

  private MinimalApplication() {}

  public static void main(String[] args) throws Exception {
    for (String absent :
        new String[] {
          "io.micrometer.core.instrument.MeterRegistry",
          "org.apache.logging.log4j.core.Logger",
          "org.apache.log4j.Logger"
        }) {
      String file = absent.replace('.', '/') + ".class";
      if (MinimalApplication.class.getClassLoader().getResource(file) != null) {
        throw new IllegalStateException(absent + " is on the class path: this proves nothing");
      }
    }
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "minimal");
    properties.setProperty(
        "gov.nist.javax.sip.STACK_LOGGER", "net.conmgmt.sip.logging.Log4jStackLogger");
    properties.setProperty(
        "gov.nist.javax.sip.SERVER_LOGGER", "net.conmgmt.sip.logging.Log4jServerLogger");
    properties.setProperty(
        "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
        "net.conmgmt.sip.transport.ManagedMessageProcessorFactory");
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("net.conmgmt.sip:type=ConnectionManagement,stack=\"minimal\"");
    CountDownLatch registered = new CountDownLatch(1);
    MBeanServerNotificationFilter filter = new MBeanServerNotificationFilter();
    filter.enableObjectName(name);
    server.addNotificationListener(
        MBeanServerDelegate.DELEGATE_NAME,
        (notification, handback) -> registered.countDown(),
        filter,
        null);
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
    stack.start();
    boolean shown = registered.await(30, TimeUnit.SECONDS);
    stack.stop();
    System.exit(shown && !server.isRegistered(name) ? 0 : 1);
  }
}
