package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

/** A line of the log names the connection, its peer and, as soon as one is known, its user. */
class LogLinesOfConnectionsTest {

  private final FakeStack stack = new FakeStack();

  @Test
  void aLineOfTheProxySideNamesTheUserWhoRegisteredToTheEnd() {
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.INFO)) {
      FakeConnection connection = stack.proxy();
      SIPRequest register = Sip.register(1, Sip.OFFER);
      connection.receive(register);
      connection.send(Sip.response(200, register));
      connection.close(CloseReason.PEER_CLOSED, "FIN");
      String who = "INFO connection #1 from 127.0.0.1:40001/TCP sip:alice@contoso.com: ";
      assertThat(log.lines())
          .containsExactly(
              who + "keep-alive negotiated (ms), T = 300 s, given up after 332 silent seconds",
              who + "closed, PEER_CLOSED FIN");
    }
  }

  @Test
  void aLineOfTheClientSideNamesTheUserWhoRegisters() {
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.INFO)) {
      FakeConnection connection = stack.client();
      connection.send(Sip.register(1));
      connection.close(CloseReason.PEER_CLOSED, "");
      assertThat(log.lines())
          .containsExactly(
              "INFO connection #1 to 127.0.0.1:40001/TCP sip:alice@contoso.com: closed,"
                  + " PEER_CLOSED");
    }
  }

  @Test
  @Requirement("OBP-7")
  void theRoleAndWhatItFollowsFromIsSaidAtTheStart() {
    try (CapturedLog log = new CapturedLog(KeepAliveListener.class, Level.INFO)) {
      new FakeStack().time.advanceSeconds(1);
      new FakeStack("ROLE", "client").time.advanceSeconds(1);
      assertThat(log.lines())
          .containsExactly(
              "INFO This stack's role is both, as neither DiscoveryRouter nor"
                  + " javax.sip.OUTBOUND_PROXY is set; net.conmgmt.sip.ROLE changes it: connections"
                  + " that it opens are offered to be kept alive, those that peers open are watched",
              "INFO This stack's role is client, as net.conmgmt.sip.ROLE says: connections that it"
                  + " opens are offered to be kept alive, those that peers open are left alone");
    }
  }

  @Test
  void linesNameTheDialectOfAGrantAndWhyAnotherWasRefusedOrHasEnded() {
    FakeStack all = new FakeStack("KEEP_ALIVE_DIALECTS", "ms,keep,outbound");
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.DEBUG)) {
      FakeConnection connection = all.client();
      SIPRequest register = Sip.register(1, "Expires: 600");
      connection.send(register);
      connection.receive(
          Sip.response(200, register, "Require: outbound", "Flow-Timer: 120", "Expires: 600"));
      SIPRequest again = Sip.register(2, "Expires: 600");
      connection.send(again);
      connection.receive(Sip.response(200, again));
      String who = " connection #1 to 127.0.0.1:40001/TCP sip:alice@contoso.com: ";
      assertThat(log.lines())
          .contains(
              "INFO" + who + "keep-alive negotiated (outbound), a keep-alive every 96 to 120 s",
              "INFO"
                  + who
                  + "keep-alive ended (outbound): the response to the renewed REGISTER does not grant it")
          .anyMatch(line -> line.startsWith("DEBUG" + who + "keep-alive not negotiated (ms): "))
          .anyMatch(
              line ->
                  line.startsWith(
                      "DEBUG" + who + "keep-alive not negotiated (keep): keep came back in Via"))
          .anyMatch(
              line ->
                  line.startsWith(
                      "DEBUG"
                          + who
                          + "keep-alive not renewed (outbound): the success has no Require"));
    }
  }

  @Test
  void aConnectionThatNeverWasIsNotSaidToBeClosed() {
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.INFO)) {
      stack.client().close(CloseReason.CONNECT_FAILED, "Connection refused");
      assertThat(log.lines())
          .containsExactly(
              "INFO connection #1 to 127.0.0.1:40001/TCP: could not connect: Connection refused");
    }
  }

  @Test
  void aRenewedRegistrationIsNoNewLine() {
    FakeConnection connection = stack.proxy();
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.INFO);
        CapturedLog renewals = new CapturedLog(ProxyHandler.class, Level.DEBUG)) {
      for (int i = 1; i <= 3; i++) {
        SIPRequest register = Sip.register(i, Sip.OFFER);
        connection.receive(register);
        connection.send(Sip.response(200, register));
      }
      assertThat(log.lines()).singleElement().asString().contains("negotiated");
      assertThat(renewals.lines())
          .hasSize(2)
          .allMatch(line -> line.startsWith("DEBUG ") && line.contains("keep-alive renewed"));
    }
  }
}
