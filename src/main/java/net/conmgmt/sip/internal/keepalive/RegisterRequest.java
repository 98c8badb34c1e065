package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.header.Contact;
import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import javax.sip.header.ExpiresHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.connection.EndpointIdentity;
import org.jspecify.annotations.Nullable;

/**
 * What a REGISTER means for its connection.
 *
 * @param endpoint who registers
 * @param effect what it does to the endpoint's binding
 * @param device the {@code +sip.instance} of the contact that it takes back, or empty
 * @param bound the contact that it binds, or null
 */
record RegisterRequest(Endpoint endpoint, Effect effect, String device, @Nullable Contact bound) {

  /** Where the success says nothing. */
  static final int DEFAULT_EXPIRES_SECONDS = 3_600;

  enum Effect {
    /** It has a contact to be bound. */
    BINDS,
    /** All its contacts expire at once. */
    UNBINDS,
    /** It has no contact and only asks. */
    QUERIES
  }

  /**
   * Reads a REGISTER; null for any other request or one that names nobody.
   *
   * @param known who may have sent it, or null
   * @param regId the flow that it names; 0 where SIP outbound is not in force
   */
  static @Nullable RegisterRequest of(SIPRequest request, @Nullable Endpoint known, int regId) {
    if (!Request.REGISTER.equals(request.getMethod())) {
      return null;
    }
    Endpoint endpoint = EndpointIdentity.of(request, known, regId);
    if (endpoint == null) {
      return null;
    }
    ContactList contacts = request.getContactHeaders();
    if (contacts == null || contacts.isEmpty()) {
      return new RegisterRequest(endpoint, Effect.QUERIES, "", null);
    }
    boolean zeroByDefault = request.getExpires() != null && request.getExpires().getExpires() == 0;
    for (Contact contact : contacts) {
      if (!isTakenBack(contact, zeroByDefault)) {
        return new RegisterRequest(endpoint, Effect.BINDS, "", contact);
      }
    }
    String device = EndpointIdentity.instanceOf((Contact) contacts.getFirst());
    return new RegisterRequest(endpoint, Effect.UNBINDS, device, null);
  }

  /**
   * Whether the success to a contact's removal lists another contact of the same device: a client
   * whose address changed binds the new one and then takes back the old one.
   */
  boolean leavesAnother(SIPResponse success) {
    ContactList bound = success.getContactHeaders();
    if (device.isEmpty() || bound == null) {
      return false;
    }
    for (Contact contact : bound) {
      if (device.equals(EndpointIdentity.instanceOf(contact)) && !isTakenBack(contact, false)) {
        return true;
      }
    }
    return false;
  }

  /** The URI that it binds; empty where it binds none. */
  String contactUri() {
    return bound == null || bound.getAddress() == null
        ? ""
        : bound.getAddress().getURI().toString();
  }

  /** For how long the success binds it. */
  int lifetimeSeconds(SIPResponse success) {
    String uri = contactUri();
    ContactList listed = success.getContactHeaders();
    if (listed != null) {
      for (Contact contact : listed) {
        boolean same =
            contact.getAddress() != null && uri.equals(contact.getAddress().getURI().toString());
        if (same && contact.getExpires() > 0) {
          return contact.getExpires();
        }
      }
    }
    ExpiresHeader expires = success.getExpires();
    return expires != null && expires.getExpires() > 0
        ? expires.getExpires()
        : DEFAULT_EXPIRES_SECONDS;
  }

  private static boolean isTakenBack(Contact contact, boolean byDefault) {
    String expires = contact.getParameter("expires");
    return expires == null ? byDefault : isZero(expires);
  }

  private static boolean isZero(String digits) {
    return !digits.isEmpty() && digits.chars().allMatch(c -> c == '0');
  }
}
