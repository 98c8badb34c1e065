package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPRequest;

/** A test of the handlers with a connection that the stack opened. */
abstract class OpenedConnectionTest extends HandlerTest {

  final FakeConnection connection = stack.client();

  OpenedConnectionTest(long clockStart) {
    super(clockStart);
  }

  final void negotiate(int cseq, int timeout) {
    SIPRequest request = Sip.register(cseq);
    connection.send(request);
    connection.receive(
        Sip.response(200, request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=" + timeout));
  }
}
