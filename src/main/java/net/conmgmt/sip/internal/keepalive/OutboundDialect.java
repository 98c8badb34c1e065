package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.header.Contact;
import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.header.Require;
import gov.nist.javax.sip.header.Supported;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.text.ParseException;
import java.util.Iterator;
import java.util.ListIterator;
import java.util.OptionalInt;
import javax.sip.header.OptionTag;
import javax.sip.header.RequireHeader;
import javax.sip.header.SupportedHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.internal.header.FlowTimer;
import net.conmgmt.sip.internal.header.Seconds;
import org.jspecify.annotations.Nullable;

/**
 * SIP outbound (RFC 5626): a REGISTER names its device and its flow, the registrar says that it
 * keeps flows ({@code Require: outbound}), and Flow-Timer says how often keep-alives are due.
 *
 * <p>It concerns the client's own registrations and the first hop: a REGISTER that has come a
 * longer way, through a proxy that sends it on for instance, is left as it is.
 */
final class OutboundDialect implements Dialect {

  /** The option tag of RFC 5626 section 11.5. */
  static final String OPTION = "outbound";

  private static final String PATH_OPTION = "path";
  private static final String REG_ID = "reg-id";
  private static final String INSTANCE = "+sip.instance";

  /**
   * First Hop Lacks Outbound Support (RFC 5626 section 11.6). The client may register without
   * outbound then (section 4.2.1), and it should: with the same first hop the answer would stay the
   * same. The application sends that next REGISTER and this library takes outbound out of it. It
   * does not repeat the REGISTER by itself: a second attempt needs the next CSeq and, with
   * credentials, the next nonce count, and both are the application's.
   */
  private static final int FIRST_HOP_LACKS_OUTBOUND_SUPPORT = 439;

  private final int floorSeconds;
  private final String instance;
  private final boolean registrar;

  /**
   * @param floorSeconds a shorter T is not believed
   * @param instance what a Contact of this stack is given that does not name its device, a URN
   * @param registrar whether this stack keeps the bindings of its clients itself
   */
  OutboundDialect(int floorSeconds, String instance, boolean registrar) {
    FlowTimer.ensureRegistered();
    this.floorSeconds = floorSeconds;
    this.instance = "\"<" + instance + ">\"";
    this.registrar = registrar;
  }

  @Override
  public KeepAliveDialect name() {
    return KeepAliveDialect.OUTBOUND;
  }

  // --- the client ------------------------------------------------------------------------------

  @Override
  public boolean offersOn(SIPRequest request, boolean granted) {
    return isOfItsSender(request) && onlyContact(request) != null;
  }

  private static boolean isOfItsSender(SIPRequest request) {
    return Request.REGISTER.equals(request.getMethod())
        && request.getViaHeaders() != null
        && request.getViaHeaders().size() == 1;
  }

  /** A request may name one flow only (RFC 5626 section 6). */
  private static @Nullable Contact onlyContact(SIPRequest request) {
    ContactList contacts = request.getContactHeaders();
    if (contacts == null || contacts.size() != 1) {
      return null;
    }
    Contact contact = (Contact) contacts.getFirst();
    return contact.getWildCardFlag() ? null : contact;
  }

  @Override
  public void offer(SIPRequest request) {
    Contact contact = onlyContact(request);
    if (contact == null) {
      return;
    }
    try {
      if (contact.getParameter(INSTANCE) == null) {
        contact.setParameter(INSTANCE, instance);
      }
      if (contact.getParameter(REG_ID) == null) {
        contact.setParameter(REG_ID, "1");
      }
    } catch (ParseException e) {
      throw new IllegalStateException("A Contact takes any parameter", e);
    }
    support(request, OPTION);
    support(request, PATH_OPTION);
  }

  private static void support(SIPRequest request, String option) {
    if (!names(request, SupportedHeader.NAME, option)) {
      request.addHeader(new Supported(option));
    }
  }

  /** Without it after a 439 (RFC 5626 section 4.2.1). */
  @Override
  public void withdraw(SIPRequest request) {
    Contact contact = isOfItsSender(request) ? onlyContact(request) : null;
    if (contact == null) {
      return;
    }
    contact.removeParameter(REG_ID);
    ListIterator<?> all = request.getHeaders(SupportedHeader.NAME);
    while (all.hasNext()) {
      if (all.next() instanceof OptionTag tag && OPTION.equalsIgnoreCase(tag.getOptionTag())) {
        all.remove();
      }
    }
    if (!request.getHeaders(SupportedHeader.NAME).hasNext()) {
      request.removeHeader(SupportedHeader.NAME);
    }
  }

  @Override
  public Verdict verdict(SIPResponse response, Offered offered) {
    int status = response.getStatusCode();
    if (status < 200) {
      return Verdict.OPEN;
    }
    if (status == FIRST_HOP_LACKS_OUTBOUND_SUPPORT) {
      return Verdict.declined(
          KeepAliveFailure.FIRST_HOP_LACKS_SUPPORT,
          "the first hop does not support outbound, so each REGISTER to it leaves without it for a day;"
              + " register again (RFC 5626 section 4.2.1)");
    }
    if (status >= 300) {
      return Verdict.failed(
          KeepAliveFailure.NOT_SUCCESSFUL, "the REGISTER was refused (RFC 5626 section 4.2.1)");
    }
    int lifetime = offered.secondsGranted(response);
    return lifetime == 0 ? Verdict.NOTHING : ofSuccess(response, lifetime);
  }

  private Verdict ofSuccess(SIPResponse response, int lifetime) {
    boolean inForce = names(response, RequireHeader.NAME, OPTION);
    OptionalInt timer = FlowTimer.secondsIn(response);
    boolean believed = timer.isPresent() && timer.getAsInt() >= Math.max(1, floorSeconds);
    if (inForce) {
      int seconds = believed ? timer.getAsInt() : 0;
      return Verdict.granted(Dialects.grant(name(), response, seconds, lifetime));
    }
    if (timer.isEmpty()) {
      return Verdict.failed(
          KeepAliveFailure.ABSENT,
          "the success has no Require: outbound, so the registrar does not do it (RFC 5626 section 4.2.1)");
    }
    if (!believed) {
      return Verdict.failed(
          KeepAliveFailure.TOO_SHORT, Dialects.tooShort(timer.getAsInt(), floorSeconds));
    }
    return Verdict.timed(
        Dialects.grant(name(), response, timer.getAsInt(), lifetime),
        KeepAliveFailure.NOT_IN_FORCE,
        "the response has Flow-Timer but no Require: outbound: keep-alives are sent every "
            + timer.getAsInt()
            + " s at most, although the registrar does not do outbound (RFC 5626 section 4.4.1)");
  }

  @Override
  public boolean keepsFlows() {
    return true;
  }

  // --- the proxy -------------------------------------------------------------------------------

  @Override
  public Verdict judge(SIPRequest request) {
    if (!isOfItsSender(request)
        || request.getContactHeaders() == null
        || !names(request, SupportedHeader.NAME, OPTION)) {
      return Verdict.NOTHING;
    }
    int flows = 0;
    boolean unnamed = false;
    for (Contact contact : request.getContactHeaders()) {
      if (regIdOf(contact) > 0) {
        flows++;
        unnamed |= contact.getParameter(INSTANCE) == null;
      }
    }
    if (flows == 0) {
      return Verdict.NOTHING;
    }
    if (unnamed) {
      return Verdict.failed(
          KeepAliveFailure.NO_SINGLE_FLOW,
          "reg-id without +sip.instance is ignored (RFC 5626 section 6)");
    }
    return flows == 1
        ? Verdict.ACCEPTED
        : Verdict.failed(
            KeepAliveFailure.NO_SINGLE_FLOW, "several Contacts have a reg-id (RFC 5626 section 6)");
  }

  @Override
  public int flowOf(SIPRequest request) {
    for (Contact contact : request.getContactHeaders()) {
      if (regIdOf(contact) > 0) {
        return regIdOf(contact);
      }
    }
    return 0;
  }

  /** The number of the flow that a Contact names; 0 where it names none. */
  private static int regIdOf(Contact contact) {
    OptionalInt number = Seconds.parse(contact.getParameter(REG_ID));
    return number.orElse(0);
  }

  /** Where another server is the registrar, it says itself whether it keeps flows. */
  @Override
  public void answer(SIPResponse response, int timeoutSeconds) {
    response.setHeader(FlowTimer.of(timeoutSeconds));
    if (registrar && !names(response, RequireHeader.NAME, OPTION)) {
      response.addHeader(new Require(OPTION));
    }
  }

  private static boolean names(SIPMessage message, String header, String option) {
    Iterator<?> all = message.getHeaders(header);
    while (all.hasNext()) {
      if (all.next() instanceof OptionTag tag && option.equalsIgnoreCase(tag.getOptionTag())) {
        return true;
      }
    }
    return false;
  }
}
