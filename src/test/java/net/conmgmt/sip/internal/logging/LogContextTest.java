package net.conmgmt.sip.internal.logging;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.header.MsKeepAliveParser;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogContextTest {

  @AfterEach
  void leave() {
    LogContext.leave();
  }

  @Test
  void aHeaderThatDoesNotParseIsToldWithItsConnection() throws Exception {
    try (CapturedLog log = new CapturedLog(MsKeepAliveParser.class, Level.WARN)) {
      LogContext.enter("connection #5 from 192.0.2.1:5060/TCP");
      new MsKeepAliveParser("Ms-Keep-Alive: UAC;timeout=x\n").parse();
      LogContext.leave();
      new MsKeepAliveParser("Ms-Keep-Alive: UAC;timeout=x\n").parse();
      assertThat(log.lines()).hasSize(2);
      assertThat(log.lines().get(0))
          .startsWith("WARN connection #5 from 192.0.2.1:5060/TCP: ignoring");
      assertThat(log.lines().get(1)).startsWith("WARN no connection: ignoring");
    }
  }

  @Test
  @Requirement("HDR-8")
  void aMessageWithManyMalformedHeadersCostsOneWarning() throws Exception {
    try (CapturedLog log = new CapturedLog(MsKeepAliveParser.class, Level.WARN)) {
      for (int message = 0; message < 2; message++) {
        LogContext.enter("connection #5 from 192.0.2.1:5060/TCP");
        for (int line = 0; line < 1_000; line++) {
          new MsKeepAliveParser("Ms-Keep-Alive: x\n").parse();
        }
        LogContext.leave();
      }
      assertThat(log.lines()).hasSize(2).allMatch(line -> line.startsWith("WARN connection #5 "));
    }
  }

  @Test
  void aManagedConnectionIsNamedWhereItsHeaderDoesNotParse() throws Exception {
    int port = Stacks.freePort();
    try (CapturedLog log = new CapturedLog(MsKeepAliveParser.class, Level.WARN);
        PlainApplication proxy = new PlainApplication(Stacks.managed(), "127.0.0.1", port);
        RawPeer peer = RawPeer.connect(port)) {
      assertThat(proxy.stack()).isNotNull();
      peer.send(
          String.join(
              "\r\n",
              "OPTIONS sip:x@127.0.0.1 SIP/2.0",
              "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKc1",
              "From: <sip:x@contoso.test>;tag=1",
              "To: <sip:y@contoso.test>",
              "Call-ID: c1",
              "CSeq: 1 OPTIONS",
              "Max-Forwards: 70",
              "Ms-Keep-Alive: UAC;timeout=x",
              "Content-Length: 0",
              "",
              ""));
      peer.readMessage();
      assertThat(log.lines()).singleElement().asString().startsWith("WARN connection #");
      assertThat(log.lines().get(0))
          .contains(" from 127.0.0.1:" + peer.socket().getLocalPort() + "/TCP: ");
    }
  }
}
