package net.conmgmt.sip.internal.monitoring;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Registers the MBean of one stack in the platform's MBean server from the stack's start to its
 * stop. Thread-safe.
 *
 * <p>The JVM needs a few hundred milliseconds to make its first MBean server, so entering is left
 * to another thread and the start of a stack neither waits for it nor shares the processor with it.
 */
final class MBeanRegistration {

  private static final Logger LOG = LogManager.getLogger(MBeanRegistration.class);
  private static final String DOMAIN = "net.conmgmt.sip";

  private final Supplier<Object> bean;
  private final String stack;
  private boolean ended;
  private @Nullable ObjectName name;

  private MBeanRegistration(Supplier<Object> bean, String stack) {
    this.bean = bean;
    this.stack = stack;
  }

  /** Enters the bean as soon as {@code executor} does. */
  static MBeanRegistration start(Supplier<Object> bean, String stack, Executor executor) {
    MBeanRegistration registration = new MBeanRegistration(bean, stack);
    executor.execute(registration::register);
    return registration;
  }

  private synchronized void register() {
    if (ended) {
      return;
    }
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      // Another stack may have the same name.
      for (int number = 1; name == null; number++) {
        name = registerAs(server, number);
      }
    } catch (JMException | RuntimeException e) {
      LOG.warn("The MBean of stack {} could not be registered; the stack works without", stack, e);
    }
  }

  private @Nullable ObjectName registerAs(MBeanServer server, int number) throws JMException {
    ObjectName wanted =
        new ObjectName(
            DOMAIN
                + ":type=ConnectionManagement,stack="
                + ObjectName.quote(stack)
                + (number == 1 ? "" : ",number=" + number));
    try {
      server.registerMBean(bean.get(), wanted);
      return wanted;
    } catch (InstanceAlreadyExistsException e) {
      LOG.debug("There is an MBean {} already; another name is tried", wanted);
      return null;
    }
  }

  /** Takes the bean out for good. */
  synchronized void end() {
    ended = true;
    if (name != null) {
      try {
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
      } catch (JMException | RuntimeException e) {
        LOG.warn("MBean {} could not be unregistered", name, e);
      }
      name = null;
    }
  }
}
