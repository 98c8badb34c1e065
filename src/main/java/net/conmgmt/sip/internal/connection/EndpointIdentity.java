package net.conmgmt.sip.internal.connection;

import gov.nist.javax.sip.address.SipUri;
import gov.nist.javax.sip.header.Contact;
import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.message.SIPRequest;
import java.util.Locale;
import javax.sip.address.Address;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.message.Request;
import net.conmgmt.sip.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Determines which endpoint sent a request ([MS-CONMGMT] 3.5.5). Pure functions.
 *
 * <p>The address-of-record is that of To in a REGISTER and of From in any other request, without
 * port and parameters, with its host in lower case and its user without needless escapes. The
 * instance is {@code epid} of From, or else {@code +sip.instance} of a Contact, or else the URI of
 * the Contact, so that two devices that name no instance stay two; empty without a Contact.
 */
public final class EndpointIdentity {

  private static final String SIP = "sip:";

  private EndpointIdentity() {}

  /**
   * The endpoint that sent the request, or null when the request names no address-of-record.
   *
   * @param received a request of the JAIN-SIP RI
   */
  public static @Nullable Endpoint of(Request received) {
    return of(received, null, 0);
  }

  /**
   * The same, but without putting it together when it is one that is known: a client sends nearly
   * all its requests as the same endpoint.
   *
   * @param received a request of the JAIN-SIP RI
   * @param known an endpoint that was read from another request, or null
   * @param regId the flow that the request names; 0 where SIP outbound is not in force
   * @return {@code known} itself when the request plainly names it
   */
  public static @Nullable Endpoint of(Request received, @Nullable Endpoint known, int regId) {
    SIPRequest request = (SIPRequest) received;
    boolean register = Request.REGISTER.equals(request.getMethod());
    Address address =
        register
            ? request.getTo() == null ? null : request.getTo().getAddress()
            : request.getFrom() == null ? null : request.getFrom().getAddress();
    if (address == null || address.getURI() == null) {
      return null;
    }
    URI uri = address.getURI();
    String instance = instance(request);
    return known != null
            && known.regId() == regId
            && known.instance().equals(instance)
            && isSpelled(known.addressOfRecord(), uri)
        ? known
        : new Endpoint(addressOfRecord(uri), instance, regId);
  }

  /**
   * Whether the URI has the one spelling that the address-of-record has. No to all that would need
   * a closer look.
   */
  private static boolean isSpelled(String addressOfRecord, URI uri) {
    if (!(uri instanceof SipUri sip) || sip.getHostPort() == null) {
      return false;
    }
    String user = sip.getUser();
    String host = sip.getHostPort().getHost().getHostname();
    if (user == null || host.endsWith(".")) {
      return false;
    }
    int at = SIP.length() + user.length();
    return addressOfRecord.length() == at + 1 + host.length()
        && addressOfRecord.startsWith(SIP)
        && addressOfRecord.startsWith(user, SIP.length())
        && addressOfRecord.charAt(at) == '@'
        && addressOfRecord.endsWith(host);
  }

  /** In whatever spelling: an endpoint has its own. */
  private static String addressOfRecord(URI uri) {
    if (!(uri instanceof SipURI sip)) {
      return uri.toString();
    }
    String host = sip.getHost() == null ? "" : sip.getHost();
    return sip.getUser() == null ? SIP + host : SIP + sip.getUser() + "@" + host;
  }

  private static String instance(SIPRequest request) {
    if (request.getFrom() != null) {
      String epid = request.getFrom().getParameter("epid");
      if (epid != null && !epid.isEmpty()) {
        return epid;
      }
    }
    ContactList contacts = request.getContactHeaders();
    if (contacts == null) {
      return "";
    }
    for (Contact contact : contacts) {
      String instance = instanceOf(contact);
      if (!instance.isEmpty()) {
        return instance;
      }
    }
    return uriOf(contacts);
  }

  /** The first that is not taken back, or else the first; empty where it is the wildcard. */
  private static String uriOf(ContactList contacts) {
    Contact found = null;
    for (Contact contact : contacts) {
      if (!contact.getWildCardFlag() && contact.getAddress() != null) {
        if (!"0".equals(contact.getParameter("expires"))) {
          return contact.getAddress().getURI().toString();
        }
        found = found == null ? contact : found;
      }
    }
    return found == null ? "" : found.getAddress().getURI().toString();
  }

  /** The device that a Contact names with {@code +sip.instance}; empty where it names none. */
  public static String instanceOf(Contact contact) {
    String instance = contact.getParameter("+sip.instance");
    return instance == null ? "" : withoutBrackets(instance);
  }

  /** The URN is compared without regard to case (RFC 8141), and some clients omit the brackets. */
  private static String withoutBrackets(String instance) {
    String text = instance.replace("\"", "").trim();
    if (text.startsWith("<") && text.endsWith(">")) {
      text = text.substring(1, text.length() - 1);
    }
    return text.toLowerCase(Locale.ROOT);
  }
}
