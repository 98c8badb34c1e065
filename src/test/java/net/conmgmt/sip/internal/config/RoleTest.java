package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Properties;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleTest {

  private final Properties raw = new Properties();

  @ParameterizedTest
  @CsvSource({
    "javax.sip.OUTBOUND_PROXY, 192.0.2.7:5060/TCP, CLIENT",
    "javax.sip.OUTBOUND_PROXY, ' ', BOTH",
    "javax.sip.ROUTER_PATH, net.conmgmt.sip.discovery.DiscoveryRouter, CLIENT",
    "javax.sip.ROUTER_PATH, com.example.Router, BOTH",
    "net.conmgmt.sip.ROLE, Proxy, PROXY",
    "net.conmgmt.sip.ROLE, client, CLIENT",
    "net.conmgmt.sip.ROLE, both, BOTH",
    "net.conmgmt.sip.ROLE, '', BOTH",
    "javax.sip.STACK_NAME, any, BOTH"
  })
  @Requirement("OBP-7")
  void theRoleIsWhatIsSaidOrFollowsFromTheOtherProperties(String name, String value, Role role) {
    raw.setProperty(name, value);

    assertThat(ConnectionManagementProperties.of(raw).role()).isEqualTo(role);
  }

  @Test
  @Requirement("OBP-7")
  void whatIsSaidGoesBeforeWhatFollows() {
    raw.setProperty("javax.sip.OUTBOUND_PROXY", "192.0.2.7:5060/TCP");
    raw.setProperty("net.conmgmt.sip.ROLE", "proxy");

    assertThat(ConnectionManagementProperties.of(raw).role()).isEqualTo(Role.PROXY);
  }

  @Test
  void anotherRoleIsRefused() {
    raw.setProperty("net.conmgmt.sip.ROLE", "server");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConnectionManagementProperties.of(raw))
        .withMessageContaining("ROLE = 'server': expected one of client, proxy, both");
  }
}
