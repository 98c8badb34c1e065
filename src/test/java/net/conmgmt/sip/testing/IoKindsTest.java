package net.conmgmt.sip.testing;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import org.junit.jupiter.api.Test;

class IoKindsTest {

  @Test
  void testsRunWithEveryKindThatThePropertyAccepts() {
    assertThat(IoKinds.PROPERTY).isEqualTo(Key.TRANSPORT.propertyName());
    assertThat("one of " + String.join(", ", IoKinds.all())).isEqualTo(Key.TRANSPORT.expected());
  }
}
