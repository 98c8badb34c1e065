package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.header.Contact;
import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import javax.sip.message.Request;
import org.jspecify.annotations.Nullable;

/**
 * What a client remembers of a request with an offer, to understand its response. Immutable.
 *
 * @param registers whether it is a REGISTER
 * @param contact the URI that it registers, or null
 * @param seconds for how long, or 0 where it takes the contact back or has none
 */
record Offered(boolean registers, @Nullable String contact, int seconds) {

  /**
   * Registrars take an hour or so where nothing is said; who knows better says it in the answer.
   */
  private static final int UNSAID_SECONDS = 3_600;

  /** Of a request that is no REGISTER. */
  static final Offered NO_REGISTER = new Offered(false, null, 0);

  static Offered of(SIPRequest request) {
    if (!Request.REGISTER.equals(request.getMethod())) {
      return NO_REGISTER;
    }
    ContactList contacts = request.getContactHeaders();
    if (contacts == null || contacts.isEmpty()) {
      return new Offered(true, null, 0);
    }
    int all = request.getExpires() == null ? UNSAID_SECONDS : request.getExpires().getExpires();
    for (Contact contact : contacts) {
      int seconds = expiresOf(contact, all);
      if (!contact.getWildCardFlag() && seconds > 0) {
        return new Offered(true, uriOf(contact), seconds);
      }
    }
    return new Offered(true, null, 0);
  }

  /** For how long the response grants the registration; 0 where there is none any more. */
  int secondsGranted(SIPResponse response) {
    if (seconds == 0) {
      return 0;
    }
    int all = response.getExpires() == null ? seconds : response.getExpires().getExpires();
    ContactList contacts = response.getContactHeaders();
    if (contacts != null) {
      for (Contact contact : contacts) {
        if (!contact.getWildCardFlag() && uriOf(contact).equals(contact())) {
          return expiresOf(contact, all);
        }
      }
    }
    return all;
  }

  private static String uriOf(Contact contact) {
    return contact.getAddress() == null ? "" : contact.getAddress().getURI().toString();
  }

  private static int expiresOf(Contact contact, int otherwise) {
    return contact.getParameter("expires") == null ? otherwise : Math.max(0, contact.getExpires());
  }

  /** The Call-ID of a message, by which what was granted is known. */
  static String callIdOf(SIPMessage message) {
    return message.getCallId() == null ? "" : message.getCallId().getCallId();
  }
}
