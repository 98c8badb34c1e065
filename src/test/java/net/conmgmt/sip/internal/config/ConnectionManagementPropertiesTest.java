package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionManagementPropertiesTest {

  private static ConnectionManagementProperties with(String... pairs) {
    Properties raw = new Properties();
    for (int i = 0; i < pairs.length; i += 2) {
      raw.setProperty(ConnectionManagementProperties.PREFIX + pairs[i], pairs[i + 1]);
    }
    return ConnectionManagementProperties.of(raw);
  }

  @Test
  @Requirement("OBP-6")
  void theTimeoutsAreSecondsWithTheDefaultsOfTheSpecification() {
    ConnectionManagementProperties defaults = with();
    assertThat(defaults.intValue(Key.KEEP_ALIVE_TIMEOUT)).isEqualTo(300);
    assertThat(defaults.intValue(Key.KEEP_ALIVE_GRACE)).isEqualTo(32);
    assertThat(defaults.intValue(Key.CONNECTION_TIMEOUT)).isEqualTo(32);
    assertThat(defaults.intValue(Key.IDLE_TIMEOUT)).isEqualTo(15 * 60 + 32);
    assertThat(with("IDLE_TIMEOUT", "7").duration(Key.IDLE_TIMEOUT)).hasSeconds(7);
  }

  @Test
  void aBadValueIsRefusedWithNameValueAndWhatWasExpected() {
    assertThatThrownBy(() -> with("KEEP_ALIVE_TIMEOUT", "0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Property net.conmgmt.sip.KEEP_ALIVE_TIMEOUT = '0': expected whole seconds from 1 to"
                + " 2147483647");
    assertThatThrownBy(() -> with("PONG", "yes"))
        .hasMessage("Property net.conmgmt.sip.PONG = 'yes': expected one of on, off");
  }

  @ParameterizedTest
  @CsvSource({
    "KEEP_ALIVE, true, on",
    "KEEP_ALIVE, FALSE, off",
    "REGISTRAR, off, false",
    "TLS_ONLY, On, true",
    "TLS_REVOCATION, false, off",
    "PONG, ' on ', on"
  })
  void aSwitchTakesOnAndOffAndTrueAndFalseAlike(String key, String value, String meaning) {
    assertThat(with(key, value).text(Key.valueOf(key))).isEqualTo(meaning);
  }

  @Test
  void whatIsNoSwitchTakesNoWordOfOne() {
    assertThatThrownBy(() -> with("TRANSPORT", "on"))
        .hasMessageContaining("'on': expected one of nio, blocking");
    assertThatThrownBy(() -> with("TLS_REVOCATION", "true"))
        .hasMessageContaining("expected one of off, crl, ocsp");
  }

  @Test
  void everyDefaultIsAGoodValue() {
    for (Key key : Key.values()) {
      assertThat(with(key.name(), key.defaultValue()).text(key)).isEqualTo(key.defaultValue());
    }
  }

  @Test
  void aSmallGraceIsTaken() {
    assertThat(with("KEEP_ALIVE_GRACE", "1").intValue(Key.KEEP_ALIVE_GRACE)).isEqualTo(1);
  }

  /** Threads of a common pool carry the system's class loader, whatever the application's is. */
  @Test
  void ownClassesAreFoundThoughTheThreadsClassLoaderDoesNotKnowThem() {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
    try {
      assertThat(with().text(Key.AUTHENTICATION_RULE)).endsWith("ChallengeRule");
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }
}
