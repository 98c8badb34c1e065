package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectFailedExceptionTest {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itSaysToWhomAndWhyAndWhoseFaultItWas(boolean ofThisMachine) {
    ConnectException cause = new ConnectException("refused");
    ConnectFailedException failure =
        new ConnectFailedException("192.0.2.1:5060/TCP", "no route", ofThisMachine, cause);
    assertThat(failure).hasMessage("Could not connect to 192.0.2.1:5060/TCP: no route");
    assertThat(failure).hasCause(cause);
    assertThat(failure.detail()).isEqualTo("no route");
    assertThat(failure.isOfThisMachine()).isEqualTo(ofThisMachine);
  }
}
