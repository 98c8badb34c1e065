package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPRequest;

/** Registrations of alice, and of others, as a client makes them and a proxy answers them. */
final class Registrations {

  private Registrations() {}

  static String credentials(String nonce) {
    return "Authorization: Digest username=\"alice\", realm=\"contoso.com\", nonce=\""
        + nonce
        + "\", uri=\"sip:contoso.com\", response=\"0123456789abcdef0123456789abcdef\"";
  }

  static String challenge(String nonce) {
    return "WWW-Authenticate: Digest realm=\"contoso.com\", nonce=\"" + nonce + "\"";
  }

  static void register(FakeConnection connection, int cseq, String... lines) {
    SIPRequest request = Sip.register(cseq, lines);
    connection.receive(request);
    connection.send(Sip.response(200, request));
  }

  static void challengeWith(FakeConnection connection, int cseq, String nonce) {
    SIPRequest request = Sip.register(cseq);
    connection.receive(request);
    connection.send(Sip.response(401, request, challenge(nonce)));
  }

  static void authenticate(FakeConnection connection, String nonce) {
    challengeWith(connection, 1, nonce);
    register(connection, 2, credentials(nonce));
  }

  static void registerNameless(FakeConnection connection, int cseq, String contact, String nonce) {
    SIPRequest first = nameless(Sip.register(cseq, "Contact: " + contact));
    connection.receive(first);
    connection.send(Sip.response(401, first, challenge(nonce)));
    SIPRequest second = nameless(Sip.register(cseq + 1, "Contact: " + contact, credentials(nonce)));
    connection.receive(second);
    connection.send(Sip.response(200, second));
  }

  static SIPRequest nameless(SIPRequest request) {
    request.getFrom().removeParameter("epid");
    return request;
  }

  static void registerAs(FakeConnection connection, String user, int cseq, String... lines) {
    SIPRequest request = Sip.register(cseq, lines);
    try {
      request.getTopmostVia().setBranch("z9hG4bK" + user + cseq);
      request.getFrom().setParameter("epid", user);
      ((gov.nist.javax.sip.address.SipUri) request.getTo().getAddress().getURI()).setUser(user);
    } catch (java.text.ParseException e) {
      throw new AssertionError(e);
    }
    connection.receive(request);
    connection.send(Sip.response(200, request));
  }
}
