package net.conmgmt.samples.registrar;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.sip.InvalidArgumentException;
import javax.sip.header.AuthorizationHeader;
import javax.sip.header.CSeqHeader;
import javax.sip.header.CallIdHeader;
import javax.sip.header.ContactHeader;
import javax.sip.header.Header;
import javax.sip.header.RequireHeader;
import javax.sip.header.ToHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Turns a REGISTER request into its response (RFC 3261 section 10.3). Thread-safe. */
public final class RegisterHandler {

  private static final Logger LOG = LogManager.getLogger(RegisterHandler.class);

  public static final int MIN_EXPIRES_SECONDS = 5;
  public static final int MAX_EXPIRES_SECONDS = 7_200;
  public static final int DEFAULT_EXPIRES_SECONDS = 3_600;

  /** One device has one contact or a few; more is an attack. */
  private static final int MAX_CONTACTS = 10;

  /** More devices than a user has; each response lists them all. */
  private static final int MAX_BINDINGS = 50;

  private final Sip sip;
  private final String domain;
  private final Registrar registrar;
  private final @Nullable DigestAuth auth;
  private final EventLog events;
  private final boolean outbound;

  /**
   * @param auth null where anyone may register
   * @param outbound whether a device may register several flows (RFC 5626)
   */
  public RegisterHandler(
      Sip sip,
      String domain,
      Registrar registrar,
      @Nullable DigestAuth auth,
      EventLog events,
      boolean outbound) {
    this.outbound = outbound;
    this.sip = sip;
    this.domain = domain;
    this.registrar = registrar;
    this.auth = auth;
    this.events = events;
  }

  public Response handle(Request request, Flow flow)
      throws ParseException, InvalidArgumentException {
    List<RequireHeader> required = Sip.headers(request, RequireHeader.NAME, RequireHeader.class);
    required.removeIf(
        tag ->
            tag.getOptionTag().equalsIgnoreCase("path")
                || (outbound && tag.getOptionTag().equalsIgnoreCase(OutboundRules.OPTION)));
    if (!required.isEmpty()) {
      Response response = sip.response(Response.BAD_EXTENSION, request, null);
      for (RequireHeader tag : required) {
        response.addHeader(sip.headers.createUnsupportedHeader(tag.getOptionTag()));
      }
      return response;
    }
    ToHeader to = (ToHeader) request.getHeader(ToHeader.NAME);
    String aor = Aor.of(to.getAddress().getURI());
    if (aor == null || !aor.endsWith("@" + domain)) {
      return sip.response(Response.NOT_FOUND, request, "Not a user of " + domain);
    }
    Response refusal = authenticate(request, aor, flow);
    return refusal == null ? register(request, aor, flow) : refusal;
  }

  private @Nullable Response authenticate(Request request, String aor, Flow flow)
      throws ParseException {
    String user = Aor.userName(aor);
    if (auth == null) {
      return null;
    }
    @Nullable AuthorizationHeader credentials = credentials(request);
    DigestAuth.Verdict verdict = auth.verify(request.getMethod(), () -> credentials);
    if (verdict != DigestAuth.Verdict.ACCEPTED || credentials == null) {
      boolean stale = verdict == DigestAuth.Verdict.STALE;
      if (credentials != null) {
        refused(stale ? Level.DEBUG : Level.WARN, aor, flow, stale ? "too old" : "wrong");
      }
      Response response = sip.response(Response.UNAUTHORIZED, request, null);
      for (var challenge : auth.challenges(sip.headers, stale)) {
        response.addHeader(challenge);
      }
      return response;
    }
    if (!credentials.getUsername().equals(user)) {
      refused(Level.WARN, aor, flow, "those of another user");
      return sip.response(
          Response.FORBIDDEN,
          request,
          "These credentials must not register that address-of-record");
    }
    return null;
  }

  /** Always in the same words, for whatever blocks an address that guesses passwords. */
  private static void refused(Level level, String aor, Flow flow, String credentials) {
    ManagedConnection connection = flow.connection();
    LOG.log(
        level,
        "{}: REGISTER of {} refused, its credentials are {}",
        connection == null ? flow : Names.of(connection),
        aor,
        credentials);
  }

  private @Nullable AuthorizationHeader credentials(Request request) {
    for (AuthorizationHeader header :
        Sip.headers(request, AuthorizationHeader.NAME, AuthorizationHeader.class)) {
      if ("Digest".equalsIgnoreCase(header.getScheme()) && domain.equals(header.getRealm())) {
        return header;
      }
    }
    return null;
  }

  private Response register(Request request, String aor, Flow from)
      throws ParseException, InvalidArgumentException {
    List<ContactHeader> contacts = Sip.headers(request, ContactHeader.NAME, ContactHeader.class);
    if (contacts.size() > MAX_CONTACTS) {
      return sip.response(Response.BAD_REQUEST, request, "More than " + MAX_CONTACTS + " contacts");
    }
    boolean flow = outbound && OutboundRules.asksFor(request, contacts);
    if (flow && OutboundRules.namesSeveral(contacts)) {
      return sip.response(Response.BAD_REQUEST, request, "Several contacts with reg-id");
    }
    if (flow && !OutboundRules.firstHopSupports(request)) {
      return sip.response(
          OutboundRules.FIRST_HOP_LACKS_SUPPORT, request, "First Hop Lacks Outbound Support");
    }
    String callId = ((CallIdHeader) request.getHeader(CallIdHeader.NAME)).getCallId();
    long cseq = ((CSeqHeader) request.getHeader(CSeqHeader.NAME)).getSeqNumber();
    try {
      if (contacts.stream().anyMatch(ContactHeader::isWildCard)) {
        if (contacts.size() != 1 || Sip.expires(request) != 0) {
          return sip.response(
              Response.BAD_REQUEST, request, "Contact * needs Expires 0 and no other contact");
        }
        registrar.removeAll(aor, callId, cseq);
        return answer(request, aor, 0, false);
      }
      List<Registrar.Contact> wanted = new ArrayList<>();
      for (ContactHeader contact : contacts) {
        int expires = expiresOf(contact, request);
        if (expires > 0 && expires < MIN_EXPIRES_SECONDS) {
          Response response = sip.response(Response.INTERVAL_TOO_BRIEF, request, null);
          response.addHeader(sip.headers.createMinExpiresHeader(MIN_EXPIRES_SECONDS));
          return response;
        }
        String key = Aor.contactKey(contact.getAddress().getURI());
        if (key == null) {
          return sip.response(Response.BAD_REQUEST, request, "Contact is no SIP URI");
        }
        if (expires == 0 && !flow && isBoundElsewhere(aor, device(contact, key), key)) {
          continue;
        }
        wanted.add(
            new Registrar.Contact(
                flow ? flowKey(contact, key) : device(contact, key),
                device(contact, key),
                contact.getAddress().getURI().toString(),
                addressOf(contact),
                OutboundRules.pathOf(request),
                Math.min(expires, MAX_EXPIRES_SECONDS)));
      }
      if (tooMany(aor, wanted)) {
        return sip.response(
            Response.FORBIDDEN, request, "More than " + MAX_BINDINGS + " bindings of one user");
      }
      registrar.update(aor, wanted, from, callId, cseq);
      tellRegistered(aor, wanted, from);
      return answer(
          request,
          aor,
          wanted.stream().mapToInt(Registrar.Contact::expiresSeconds).max().orElse(-1),
          flow);
    } catch (Registrar.OutOfOrderException e) {
      return sip.response(Response.SERVER_INTERNAL_ERROR, request, e.getMessage());
    }
  }

  /** Whether the device has another address by now: it takes back one that is bound no more. */
  private boolean isBoundElsewhere(String aor, String device, String contactKey)
      throws ParseException {
    for (Registrar.Binding binding : registrar.bindings(aor)) {
      if (binding.contactKey().equals(device)
          && !contactKey.equals(Aor.contactKey(sip.addresses.createURI(binding.uri())))) {
        return true;
      }
    }
    return false;
  }

  private boolean tooMany(String aor, List<Registrar.Contact> wanted) {
    Set<String> keys = new HashSet<>();
    registrar.bindings(aor).forEach(binding -> keys.add(binding.contactKey()));
    int before = keys.size();
    for (Registrar.Contact contact : wanted) {
      if (contact.expiresSeconds() > 0) {
        keys.add(contact.key());
      }
    }
    return keys.size() > before && keys.size() > MAX_BINDINGS;
  }

  /** A device that names its instance is that one whatever its address is. */
  private static String device(ContactHeader contact, String contactKey) {
    String instance = contact.getParameter("+sip.instance");
    return instance == null || instance.isEmpty() ? contactKey : instance;
  }

  /** The flows of a device are bindings of their own. */
  private static String flowKey(ContactHeader contact, String contactKey) {
    String regId = OutboundRules.flowOf(contact);
    return device(contact, contactKey) + (regId == null ? "" : ";reg-id=" + regId);
  }

  private static int expiresOf(ContactHeader contact, Request request) {
    if (contact.getParameter("expires") != null && contact.getExpires() >= 0) {
      return contact.getExpires();
    }
    int inRequest = Sip.expires(request);
    return inRequest >= 0 ? inRequest : DEFAULT_EXPIRES_SECONDS;
  }

  /** The contact with its parameters, but without the expiry, which changes. */
  private static String addressOf(ContactHeader contact) {
    ContactHeader copy = (ContactHeader) contact.clone();
    copy.removeParameter("expires");
    String line = copy.toString().trim();
    return line.substring(line.indexOf(':') + 1).trim();
  }

  private void tellRegistered(String aor, List<Registrar.Contact> wanted, Flow flow) {
    for (Registrar.Contact contact : wanted) {
      int expires = contact.expiresSeconds();
      if (expires > 0) {
        var connection = flow.connection();
        events.event(
            "registered",
            "aor",
            aor,
            "contact",
            contact.uri(),
            "expires",
            expires,
            "remote",
            flow.host() + ":" + flow.port(),
            "transport",
            flow.transport(),
            "connection",
            connection == null ? -1 : connection.id());
      }
    }
  }

  /**
   * The success.
   *
   * @param expiresSeconds the longest time that was granted; some clients read it in Expires only
   * @param flow whether it is a flow of SIP outbound that was registered
   */
  private Response answer(Request request, String aor, int expiresSeconds, boolean flow)
      throws ParseException, InvalidArgumentException {
    Response response = sip.response(Response.OK, request, null);
    if (expiresSeconds >= 0) {
      response.addHeader(sip.headers.createExpiresHeader(expiresSeconds));
    }
    if (flow) {
      response.addHeader(sip.headers.createRequireHeader(OutboundRules.OPTION));
    }
    if (OutboundRules.supports(request, "path")) {
      for (Header hop : Sip.headers(request, OutboundRules.PATH, Header.class)) {
        response.addHeader((Header) hop.clone());
      }
    }
    for (Registrar.Binding binding : registrar.bindings(aor)) {
      ContactHeader contact =
          (ContactHeader) sip.headers.createHeader(ContactHeader.NAME, binding.contact());
      contact.setExpires((int) registrar.secondsLeft(binding));
      response.addHeader(contact);
    }
    return response;
  }
}
