package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.parser.MessageParser;
import gov.nist.javax.sip.parser.MessageParserFactory;
import gov.nist.javax.sip.parser.ParseExceptionListener;
import gov.nist.javax.sip.parser.StringMsgParser;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.text.ParseException;
import javax.sip.header.SubjectHeader;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A parser of an application may remember what came before on its connection. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#ours")
class OwnParserScenariosTest extends ScenarioTest {

  /** Gives each parser to one user. */
  public static final class CountingParsers implements MessageParserFactory {
    @Override
    public MessageParser createMessageParser(SIPTransactionStack stack) {
      return new CountingParser();
    }
  }

  /** Writes into each message its number on the connection. */
  private static final class CountingParser implements MessageParser {
    private final StringMsgParser parser = new StringMsgParser();
    private int messages;

    @Override
    public SIPMessage parseSIPMessage(
        byte[] bytes, boolean readBody, boolean strict, ParseExceptionListener listener)
        throws ParseException {
      SIPMessage message = parser.parseSIPMessage(bytes, readBody, strict, listener);
      if (message != null) {
        message.addHeader(SubjectHeader.NAME + ": number " + ++messages);
      }
      return message;
    }
  }

  @Test
  void eachConnectionHasAParserOfItsOwn() throws Exception {
    ScenarioApplication server =
        stage.application(
            "gov.nist.javax.sip.MESSAGE_PARSER_FACTORY", CountingParsers.class.getName());
    RawPeer[] peers = {stage.dial(server), stage.dial(server), stage.dial(server)};
    for (int number = 1; number <= 3; number++) {
      for (RawPeer peer : peers) {
        String id = "number-" + number + "-" + peer.socket().getLocalPort();
        peer.send(stage.raw("OPTIONS", id, "", ""));
        assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
        SubjectHeader seen =
            (SubjectHeader)
                ScenarioApplication.next(server.requests)
                    .getRequest()
                    .getHeader(SubjectHeader.NAME);
        assertThat(seen.getSubject()).isEqualTo("number " + number);
      }
    }
  }
}
