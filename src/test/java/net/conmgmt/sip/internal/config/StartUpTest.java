package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.util.Properties;
import java.util.UUID;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

/** What a real stack is told of its properties while it is made. */
class StartUpTest {

  private static Properties withOurLoggers(String... pairs) {
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "start-up-" + UUID.randomUUID());
    properties.setProperty(
        "gov.nist.javax.sip.STACK_LOGGER", "net.conmgmt.sip.logging.Log4jStackLogger");
    properties.setProperty(
        "gov.nist.javax.sip.SERVER_LOGGER", "net.conmgmt.sip.logging.Log4jServerLogger");
    for (int i = 0; i < pairs.length; i += 2) {
      properties.setProperty(pairs[i], pairs[i + 1]);
    }
    return properties;
  }

  @Test
  void aMisspeltFactoryIsWarnedAboutThoughOnlyTheLoggersAreOurs() throws Exception {
    try (CapturedLog log = new CapturedLog(ConnectionManagementProperties.class, Level.WARN)) {
      new SipStackImpl(
          withOurLoggers(
              "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
              "net.conmgmt.sip.transport.ManagedMessageProcessorFactroy"));
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("ManagedMessageProcessorFactroy is not", "no connection is watched");
    }
  }

  @Test
  void theRisOwnFactoryIsWarnedAboutToo() throws Exception {
    try (CapturedLog log = new CapturedLog(ConnectionManagementProperties.class, Level.WARN)) {
      new SipStackImpl(withOurLoggers("net.conmgmt.sip.REGISTRAR", "true"));
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("MESSAGE_PROCESSOR_FACTORY is not", "no connection is watched");
    }
  }

  @Test
  void eachWarningComesOnceThoughLoggersRouterAndTransportAllLook() throws Exception {
    Properties properties = withOurLoggers("gov.nist.javax.sip.TRACE_LEVEL", "32");
    Stacks.managed("javax.sip.ROUTER_PATH", "net.conmgmt.sip.discovery.DiscoveryRouter")
        .forEach(properties::put);
    try (CapturedLog log = new CapturedLog(ConnectionManagementProperties.class, Level.WARN)) {
      SipStackImpl stack = new SipStackImpl(properties);
      stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "TCP");
      stack.stop();
      assertThat(log.lines()).singleElement().asString().contains("TRACE_LEVEL = 32");
    }
  }

  /** The RI says "For input string" and nothing else. */
  @Test
  void aNumberOfTheRiThatIsNoneIsNamedBeforeTheRiFailsOverIt() {
    try (CapturedLog log = new CapturedLog(ConnectionManagementProperties.class, Level.WARN)) {
      Properties properties = withOurLoggers("gov.nist.javax.sip.MAX_FORK_TIME_SECONDS", "a while");
      properties.putAll(Stacks.managed());
      assertThatThrownBy(() -> new SipStackImpl(properties))
          .isInstanceOf(NumberFormatException.class);
      assertThat(log.lines())
          .containsExactly(
              "WARN Property gov.nist.javax.sip.MAX_FORK_TIME_SECONDS = 'a while': expected a whole"
                  + " number; the RI does not start the stack with it");
    }
  }

  @Test
  void aBadValueIsStillToldByWhatNeedsItAndNotAsAFaultOfALogger() throws Exception {
    Properties properties = withOurLoggers("net.conmgmt.sip.DNS_TIMEOUT", "soon");
    properties.putAll(
        Stacks.managed("javax.sip.ROUTER_PATH", "net.conmgmt.sip.discovery.DiscoveryRouter"));
    assertThatThrownBy(() -> new SipStackImpl(properties))
        .hasStackTraceContaining("DNS_TIMEOUT = 'soon': expected whole seconds")
        .hasMessageContaining("router");
  }
}
