package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.header.AuthenticationHeader;
import gov.nist.javax.sip.header.Contact;
import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.sip.message.Request;
import net.conmgmt.sip.connection.Endpoint;
import net.conmgmt.sip.connection.EndpointIdentity;
import org.jspecify.annotations.Nullable;

/**
 * What a REGISTER means for its connection.
 *
 * @param endpoint who registers
 * @param effect what it does to the endpoint's binding
 * @param nonces of the challenges which its credentials answer
 */
record RegisterRequest(Endpoint endpoint, Effect effect, List<String> nonces) {

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
    List<String> nonces = new ArrayList<>(1);
    nonces.addAll(nonces(request, "Authorization"));
    nonces.addAll(nonces(request, "Proxy-Authorization"));
    return new RegisterRequest(endpoint, effect(request), nonces);
  }

  /** The nonces of all challenges in a response. */
  static List<String> challengeNonces(SIPMessage response) {
    List<String> nonces = new ArrayList<>(1);
    nonces.addAll(nonces(response, "WWW-Authenticate"));
    nonces.addAll(nonces(response, "Proxy-Authenticate"));
    return nonces;
  }

  /** The same for keeping: nonces can be as long as the peer likes. */
  RegisterRequest withoutNonces() {
    return new RegisterRequest(endpoint, effect, List.of());
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

  private static List<String> nonces(SIPMessage message, String headerName) {
    List<String> nonces = new ArrayList<>(1);
    for (Iterator<?> headers = message.getHeaders(headerName); headers.hasNext(); ) {
      if (headers.next() instanceof AuthenticationHeader header) {
        String nonce = header.getNonce();
        if (nonce != null && !nonce.isEmpty()) {
          nonces.add(nonce);
        }
      }
    }
    return nonces;
  }
}
