package net.conmgmt.sip.endtoend;

import java.util.List;
import java.util.Properties;
import javax.sip.SipFactory;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import net.conmgmt.sip.testing.Stacks;

/**
 * Started by a test in a JVM of its own: makes a stack, and reflects on the classes of its objects
 * as a container of beans does.
 */
final class ReflectingApplication {

  private ReflectingApplication() {}

  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "reflected");
    properties.setProperty(
        "gov.nist.javax.sip.STACK_LOGGER", "net.conmgmt.sip.logging.Log4jStackLogger");
    properties.setProperty(
        "gov.nist.javax.sip.SERVER_LOGGER", "net.conmgmt.sip.logging.Log4jServerLogger");
    properties.setProperty(
        "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
        "net.conmgmt.sip.transport.ManagedMessageProcessorFactory");
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    SipProvider provider =
        stack.createSipProvider(stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp"));
    int members = 0;
    for (Object bean :
        List.of(
            stack,
            provider,
            factory,
            factory.createMessageFactory(),
            factory.createHeaderFactory(),
            factory.createAddressFactory())) {
      for (Class<?> type = bean.getClass(); type != null; type = type.getSuperclass()) {
        members += type.getDeclaredMethods().length;
        members += type.getDeclaredFields().length;
        members += type.getDeclaredConstructors().length;
        members += type.getMethods().length;
      }
    }
    stack.stop();
    System.out.println("reflected on " + members);
    System.exit(0);
  }
}
