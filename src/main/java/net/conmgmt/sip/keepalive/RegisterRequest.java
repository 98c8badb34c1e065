package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.header.Contact;
import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.message.SIPRequest;
import javax.sip.message.Request;
import net.conmgmt.sip.connection.Endpoint;
import net.conmgmt.sip.connection.EndpointIdentity;
import org.jspecify.annotations.Nullable;

/**
 * What a REGISTER means for its connection.
 *
 * @param endpoint who registers
 * @param effect what it does to the endpoint's binding
 */
record RegisterRequest(Endpoint endpoint, Effect effect) {

  enum Effect {
    /** It has a contact to be bound. */
    BINDS,
    /** All its contacts expire at once. */
    UNBINDS,
    /** It has no contact and only asks. */
    QUERIES
  }

  /** Reads a REGISTER; null for any other request or one that names nobody. */
  static @Nullable RegisterRequest of(SIPRequest request) {
    if (!Request.REGISTER.equals(request.getMethod())) {
      return null;
    }
    Endpoint endpoint = EndpointIdentity.of(request);
    if (endpoint == null) {
      return null;
    }
    return new RegisterRequest(endpoint, effect(request));
  }

  private static Effect effect(SIPRequest request) {
    ContactList contacts = request.getContactHeaders();
    if (contacts == null || contacts.isEmpty()) {
      return Effect.QUERIES;
    }
    boolean zeroByDefault = request.getExpires() != null && request.getExpires().getExpires() == 0;
    for (Contact contact : contacts) {
      String expires = contact.getParameter("expires");
      boolean zero = expires == null ? zeroByDefault : isZero(expires);
      if (!zero) {
        return Effect.BINDS;
      }
    }
    return Effect.UNBINDS;
  }

  private static boolean isZero(String digits) {
    return !digits.isEmpty() && digits.chars().allMatch(c -> c == '0');
  }
}
