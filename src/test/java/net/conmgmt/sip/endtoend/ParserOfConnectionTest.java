package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.parser.MessageParser;
import gov.nist.javax.sip.parser.MessageParserFactory;
import gov.nist.javax.sip.parser.ParseExceptionListener;
import gov.nist.javax.sip.parser.StringMsgParser;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application's own parser may keep something from one message to the next, because each
 * connection has a parser of its own, as with the stock transports.
 */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class ParserOfConnectionTest {

  private static final int CONNECTIONS = 4;
  private static final int MESSAGES = 10;

  /** What the RI makes parsers with, by its name. */
  public static final class Factory implements MessageParserFactory {

    private static final List<Parser> MADE = new CopyOnWriteArrayList<>();

    @Override
    public MessageParser createMessageParser(SIPTransactionStack stack) {
      Parser parser = new Parser();
      MADE.add(parser);
      return parser;
    }
  }

  /** Remembers whose messages it has parsed. */
  private static final class Parser implements MessageParser {

    private final MessageParser parser = new StringMsgParser();
    private final Set<String> calls = new HashSet<>();

    @Override
    public SIPMessage parseSIPMessage(
        byte[] bytes, boolean readBody, boolean strict, ParseExceptionListener listener)
        throws ParseException {
      SIPMessage message = parser.parseSIPMessage(bytes, readBody, strict, listener);
      if (message != null) {
        calls.add(message.getCallId().getCallId());
      }
      return message;
    }
  }

  private final String io;
  private final String transport;
  @TempDir private Path folder;

  ParserOfConnectionTest(String io, String transport) {
    this.io = io;
    this.transport = transport;
  }

  @Test
  void eachConnectionHasAParserOfItsOwn() throws Exception {
    Factory.MADE.clear();
    TestCertificates authority = new TestCertificates(folder);
    Properties properties =
        authority.properties(
            authority.keyStore("x", "ip:127.0.0.1"),
            IoKinds.PROPERTY,
            io,
            "gov.nist.javax.sip.MESSAGE_PARSER_FACTORY",
            Factory.class.getName());
    int port = Stacks.freePort();
    PlainApplication server = new PlainApplication(properties, "127.0.0.1", port, transport);
    RawPeer[] peers = new RawPeer[CONNECTIONS];
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        peers[i] =
            transport.equals("tls")
                ? RawPeer.connectTls(port, authority.clientContext())
                : RawPeer.connect(port);
      }
      for (int number = 0; number < MESSAGES; number++) {
        for (int i = 0; i < CONNECTIONS; i++) {
          peers[i].send(request(i, number));
        }
      }
      for (RawPeer peer : peers) {
        for (int number = 0; number < MESSAGES; number++) {
          assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
        }
      }
    } finally {
      for (RawPeer peer : peers) {
        if (peer != null) {
          peer.close();
        }
      }
      server.close();
    }
    assertThat(Factory.MADE.stream().map(parser -> parser.calls).filter(calls -> !calls.isEmpty()))
        .hasSize(CONNECTIONS)
        .allSatisfy(calls -> assertThat(calls).hasSize(1));
  }

  private String request(int connection, int number) {
    return "MESSAGE sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/"
        + transport
        + " 127.0.0.1:5999;branch=z9hG4bK-"
        + connection
        + "-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: connection-"
        + connection
        + "\r\nCSeq: "
        + (number + 1)
        + " MESSAGE\r\nContent-Length: 0\r\n\r\n";
  }
}
