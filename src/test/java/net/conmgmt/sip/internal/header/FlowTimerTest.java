package net.conmgmt.sip.internal.header;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.text.ParseException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTimerTest {

  @BeforeAll
  static void register() {
    FlowTimer.ensureRegistered();
  }

  private static SIPMessage with(String line) throws ParseException {
    String text = "SIP/2.0 200 OK\r\nCall-ID: 1\r\n" + line + "\r\nContent-Length: 0\r\n\r\n";
    return new StringMsgParser().parseSIPMessage(text.getBytes(US_ASCII), true, false, null);
  }

  @ParameterizedTest
  @CsvSource({"Flow-Timer: 120, 120", "flow-timer:0, 0", "'Flow-Timer:  99999999999 ', 2147483647"})
  void theSecondsOfAMessageAreRead(String line, int seconds) throws ParseException {
    SIPMessage message = with(line);
    assertThat(message.getHeader("Flow-Timer")).isInstanceOf(FlowTimer.class);
    assertThat(FlowTimer.secondsIn(message)).hasValue(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Flow-Timer: ", "Flow-Timer: -1", "Flow-Timer: 1.5", "Subject: 120"})
  void whatIsNoNumberOfSecondsGivesNone(String line) throws ParseException {
    assertThat(FlowTimer.secondsIn(with(line))).isEmpty();
  }

  @Test
  void whatIsReadIsWrittenAsItWas() throws ParseException {
    assertThat(with("Flow-Timer: 1 x").getHeader("Flow-Timer")).hasToString("Flow-Timer: 1 x\r\n");
    FlowTimer timer = FlowTimer.of(90);
    assertThat(timer).hasToString("Flow-Timer: 90\r\n");
    assertThat(timer.getValue()).isEqualTo("90");
    assertThat(timer.seconds()).hasValue(90);
  }
}
