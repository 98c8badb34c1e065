package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Properties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PropertyLintTest {

  private static List<String> warningsOf(String... pairs) {
    Properties raw = managed();
    for (int i = 0; i < pairs.length; i += 2) {
      raw.setProperty(pairs[i], pairs[i + 1]);
    }
    return warningsOf(raw);
  }

  private static Properties managed() {
    Properties raw = new Properties();
    raw.setProperty(
        "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
        "net.conmgmt.sip.transport.ManagedMessageProcessorFactory");
    return raw;
  }

  private static List<String> warningsOf(Properties raw) {
    return PropertyLint.warnings(raw, ConnectionManagementProperties.of(raw));
  }

  /** Java's properties give no value then, as if there were none. */
  @Test
  void aValueThatIsNoTextIsWarnedAbout() {
    Properties raw = managed();
    raw.put("net.conmgmt.sip.KEEP_ALIVE_TIMEOUT", 60);
    assertThat(warningsOf(raw))
        .containsExactly(
            "Property net.conmgmt.sip.KEEP_ALIVE_TIMEOUT has no effect, because its value is not a"
                + " String");
  }

  @Test
  void aNameThatIsNoTextKeepsNoStackFromStarting() {
    Properties raw = managed();
    raw.put(Object.class, "x");
    assertThat(warningsOf(raw))
        .singleElement()
        .asString()
        .startsWith("Cannot check the stack properties for unknown names");
  }

  @ParameterizedTest
  @CsvSource({"CONNECTION_TIMEOUT", "MAX_CONNECTIONS"})
  void aNameThatTheRiHasAsWellIsNotTakenForOurs(String name) {
    assertThat(warningsOf("gov.nist.javax.sip." + name, "10"))
        .allMatch(warning -> warning.contains("has no effect on managed connections"));
  }

  @Test
  void aStackWithTheDefaultsIsNotWarnedAbout() {
    assertThat(warningsOf()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "KEEPALIVE_TIMEOUT, KEEP_ALIVE_TIMEOUT",
    "keep.alive.timeout, KEEP_ALIVE_TIMEOUT",
    "KEEP_ALVIE, KEEP_ALIVE",
    "DNS_SERVER, DNS_SERVERS",
    "IPv6, IPV6",
    "TLS_HANDSHAKE_TIMOUT, TLS_HANDSHAKE_TIMEOUT"
  })
  void anUnknownNameIsAnsweredWithTheOneThatWasMeant(String name, Key meant) {
    assertThat(warningsOf(ConnectionManagementProperties.PREFIX + name, "1"))
        .containsExactly(
            "Property net.conmgmt.sip."
                + name
                + " is unknown and has no effect: did you mean "
                + meant.propertyName()
                + "?");
  }

  @Test
  void aNameLikeNoneIsOnlySaidToBeUnknown() {
    assertThat(warningsOf("net.conmgmt.sip.COLOUR_OF_THE_SKY", "blue"))
        .containsExactly("Property net.conmgmt.sip.COLOUR_OF_THE_SKY is unknown and has no effect");
  }

  @Test
  void aPrefixInTheWrongCaseIsFoundToo() {
    assertThat(warningsOf("net.conmgmt.SIP.PONG", "off"))
        .containsExactly(
            "Property net.conmgmt.SIP.PONG is unknown and has no effect: did you mean"
                + " net.conmgmt.sip.PONG?");
  }

  @ParameterizedTest
  @CsvSource({
    "KEEP_ALIVE_TIMEOUT, KEEP_ALIVE_TIMEOUT",
    "gov.nist.javax.sip.KEEP_ALIVE_TIMEOUT, KEEP_ALIVE_TIMEOUT",
    "javax.sip.DHCP, DHCP",
    "conmgmt.sip.TLS_ONLY, TLS_ONLY",
    "net.conmgmt.DOMAIN, DOMAIN"
  })
  void oneOfOurNamesWithAnotherPrefixIsAnsweredWithTheWholeName(String name, Key meant) {
    assertThat(warningsOf(name, "1"))
        .containsExactly(
            "Property "
                + name
                + " is unknown and has no effect: did you mean "
                + meant.propertyName()
                + "?");
  }

  @ParameterizedTest
  @CsvSource({"DOMAIN", "TRANSPORT", "com.example.KEEP_ALIVE_TIMEOUT", "javax.sip.IP_ADDRESS"})
  void anApplicationMayKeepPropertiesOfItsOwnAmongThoseOfTheStack(String name) {
    assertThat(warningsOf(name, "x")).isEmpty();
  }

  @Test
  void aSettingThatSwitchesDiscoveryOffIsWarnedAbout() {
    Properties raw = managed();
    raw.put("javax.sip.ROUTER_PATH", "net.conmgmt.sip.discovery.DiscoveryRouter");
    assertThat(warningsOf(raw)).isEmpty();
    raw.put("javax.sip.USE_ROUTER_FOR_ALL_URIS", "false");
    assertThat(warningsOf(raw))
        .singleElement()
        .asString()
        .contains("USE_ROUTER_FOR_ALL_URIS = false")
        .contains("no outbound proxy is discovered");
  }

  @Test
  void itIsSaidWithKeepAliveOffToo() {
    assertThat(
            warningsOf(
                "net.conmgmt.sip.KEEP_ALIVE", "off",
                "javax.sip.ROUTER_PATH", "net.conmgmt.sip.discovery.DiscoveryRouter",
                "javax.sip.USE_ROUTER_FOR_ALL_URIS", "false"))
        .singleElement()
        .asString()
        .contains("USE_ROUTER_FOR_ALL_URIS = false");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7:5060/UDP, = 192.0.2.7:5060/UDP is reached over UDP",
    "192.0.2.7:5060, '= 192.0.2.7:5060 names no transport, so it is reached over UDP'",
    "[2001:db8::1]/udp, is reached over UDP"
  })
  void anOutboundProxyOverUdpIsWarnedAbout(String proxy, String why) {
    assertThat(warningsOf("javax.sip.OUTBOUND_PROXY", proxy))
        .singleElement()
        .asString()
        .startsWith("javax.sip.OUTBOUND_PROXY = ")
        .contains(why, "no connection to keep alive: name TCP or TLS");
    assertThat(
            warningsOf(
                "javax.sip.OUTBOUND_PROXY",
                proxy,
                "javax.sip.ROUTER_PATH",
                "net.conmgmt.sip.discovery.DiscoveryRouter"))
        .singleElement()
        .asString()
        .contains("leave it out, and DiscoveryRouter finds the proxy, or name TCP or TLS");
  }

  @ParameterizedTest
  @CsvSource({
    "TRACE_LEVEL, STACK_LOGGER and SERVER_LOGGER",
    "DEBUG_LOG, STACK_LOGGER",
    "SERVER_LOG, SERVER_LOGGER",
    "LOG_MESSAGE_CONTENT, SERVER_LOGGER"
  })
  void aSettingOfTheRisOwnLoggersIsWarnedAboutWhereOursStandIn(String name, String readers) {
    String property = "gov.nist.javax.sip." + name;
    assertThat(warningsOf(property, "32")).isEmpty();
    assertThat(
            warningsOf(
                property,
                "32",
                "gov.nist.javax.sip.STACK_LOGGER",
                "net.conmgmt.sip.logging.Log4jStackLogger",
                "gov.nist.javax.sip.SERVER_LOGGER",
                "net.conmgmt.sip.logging.Log4jServerLogger"))
        .singleElement()
        .asString()
        .startsWith(property + " = 32 has no effect with " + readers + " of this library");
  }

  @Test
  void aMisspeltFactoryIsShownAsItWasFound() {
    assertThat(warningsOf("gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY", "x.Y"))
        .containsExactly(
            "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY = x.Y is not"
                + " net.conmgmt.sip.transport.ManagedMessageProcessorFactory: no keep-alive is"
                + " negotiated and no connection is watched");
  }

  @Test
  void theDistanceCountsCorrections() {
    assertThat(PropertyLint.distance("", "abc")).isEqualTo(3);
    assertThat(PropertyLint.distance("abc", "abc")).isZero();
    assertThat(PropertyLint.distance("abcd", "acbd")).isEqualTo(1);
    assertThat(PropertyLint.distance("kitten", "sitting")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "gov.nist.javax.sip.NIO_MAX_SOCKET_IDLE_TIME, 300000, has no effect on managed connections",
    "gov.nist.javax.sip.CACHE_SERVER_CONNECTIONS, False, so nothing can be kept alive",
    "gov.nist.javax.sip.CACHE_CLIENT_CONNECTIONS, false, so nothing can be kept alive",
    "gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT, 0, the RI's own keep-alive timer",
    "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE, Default, 'use Disabled, Want or Enabled'",
    "net.conmgmt.sip.IDLE_TIMEOUT, 300, is closed as idle first",
    "net.conmgmt.sip.KEEP_ALIVE_GRACE, 31, are disconnected too early",
    "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY, x.Y, no connection is watched"
  })
  void aCombinationThatDefeatsThePurposeIsWarnedAboutInOneLine(
      String name, String value, String why) {
    assertThat(warningsOf(name, value))
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith(name).contains(why).doesNotContain("\n"));
  }

  @Requirement("DIA-8")
  @Test
  void aProxyThatMustAnswerKeepAlivesIsWarnedAboutNotDoingSo() {
    String pong = "net.conmgmt.sip.PONG";
    String dialects = "net.conmgmt.sip.KEEP_ALIVE_DIALECTS";
    assertThat(warningsOf(pong, "off")).isEmpty();
    assertThat(warningsOf(dialects, "ms,keep")).isEmpty();
    assertThat(warningsOf(pong, "off", dialects, "ms,keep"))
        .singleElement()
        .asString()
        .startsWith(pong + " = off")
        .contains("RFC 5626", "leave it out");
    assertThat(warningsOf(pong, "off", dialects, "keep", "net.conmgmt.sip.ROLE", "client"))
        .noneMatch(line -> line.contains("RFC 5626"));
  }

  @ParameterizedTest
  @CsvSource({
    "gov.nist.javax.sip.CACHE_SERVER_CONNECTIONS, true",
    "gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT, -1",
    "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE, Want",
    "net.conmgmt.sip.IDLE_TIMEOUT, 301",
    "net.conmgmt.sip.KEEP_ALIVE_GRACE, 32"
  })
  void aHarmlessValueIsNotWarnedAbout(String name, String value) {
    assertThat(warningsOf(name, value)).isEmpty();
  }

  @Test
  void everyPropertyOfTheRiThatManagedConnectionsDoNotHonourIsWarnedAboutOnce() {
    for (String name : RiProperties.namesWithoutEffect()) {
      assertThat(warningsOf(name, "1"))
          .singleElement()
          .asString()
          .startsWith(name + " = 1 has no effect on managed connections: ");
    }
  }

  @Test
  void theTimerOfTheRiIsInSecondsAndTheWarningSaysHowToSwitchItOff() {
    assertThat(warningsOf("gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT", "60"))
        .singleElement()
        .asString()
        .contains("= 60 s:", "-Dgov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT=-1");
  }

  @Test
  void theRisOwnIdleLimitIsNamedWhereItCloses() {
    assertThat(
            warningsOf(
                "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY",
                "gov.nist.javax.sip.stack.NioMessageProcessorFactory",
                "gov.nist.javax.sip.NIO_MAX_SOCKET_IDLE_TIME",
                "60000"))
        .hasSize(2)
        .last()
        .asString()
        .contains("60000 ms", "300 s", "closes connections before their keep-alive");
  }

  @Test
  void aPropertyOfTheProxySideIsWarnedAboutInAClient() {
    assertThat(
            warningsOf(
                "javax.sip.OUTBOUND_PROXY", "192.0.2.7:5060/TCP",
                "net.conmgmt.sip.CONNECTION_TIMEOUT", "60"))
        .singleElement()
        .asString()
        .contains("CONNECTION_TIMEOUT has no effect in a client", "ROLE to proxy or both");
    assertThat(
            warningsOf(
                "javax.sip.OUTBOUND_PROXY", "192.0.2.7:5060/TCP",
                "net.conmgmt.sip.ROLE", "both",
                "net.conmgmt.sip.CONNECTION_TIMEOUT", "60"))
        .isEmpty();
  }

  @Test
  void aProxyThatHasAnOutboundProxyOfItsOwnIsToldThatItOffersNothing() {
    assertThat(
            warningsOf(
                "javax.sip.OUTBOUND_PROXY", "192.0.2.7:5060/TCP", "net.conmgmt.sip.ROLE", "proxy"))
        .singleElement()
        .asString()
        .contains("offers no keep-alive", "javax.sip.OUTBOUND_PROXY", "set it to both");
  }

  @Test
  void whoSwitchesKeepAliveOffIsNotWarnedAboutItsTimers() {
    assertThat(
            warningsOf(
                "net.conmgmt.sip.KEEP_ALIVE", "off",
                "net.conmgmt.sip.KEEP_ALIVE_GRACE", "0",
                "gov.nist.javax.sip.CACHE_SERVER_CONNECTIONS", "false"))
        .isEmpty();
  }
}
