package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPRequest;
import java.util.List;

/** A test of the handlers with a connection that the stack accepted. */
abstract class AcceptedConnectionTest extends HandlerTest {

  final FakeConnection connection = stack.proxy();

  AcceptedConnectionTest(long clockStart) {
    super(clockStart);
  }

  final void negotiate(int cseq) {
    answerTo(Sip.request("OPTIONS", cseq, Sip.OFFER), 200);
  }

  /** The values of Ms-Keep-Alive in the response. */
  final List<String> answerTo(SIPRequest request, int status, String... extraLines) {
    connection.receive(request);
    return connection.send(Sip.response(status, request, extraLines));
  }
}
