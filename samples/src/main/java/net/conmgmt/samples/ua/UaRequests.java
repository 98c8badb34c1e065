package net.conmgmt.samples.ua;

import java.text.ParseException;
import java.util.List;
import java.util.UUID;
import javax.sip.InvalidArgumentException;
import javax.sip.ListeningPoint;
import javax.sip.SipProvider;
import javax.sip.address.Address;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.CallIdHeader;
import javax.sip.header.ContactHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Sip;
import org.jspecify.annotations.Nullable;

/** Builds the requests of one user agent. Not thread-safe. */
final class UaRequests {

  private static final int MAX_FORWARDS = 70;

  private final Sip sip;
  private final SipProvider provider;
  private final String aor;
  private final SipURI contact;
  private final String instance;
  private final CallIdHeader registerCallId;
  private long registerSequence;

  UaRequests(Sip sip, SipProvider provider, String aor) throws ParseException {
    this.sip = sip;
    this.provider = provider;
    this.aor = aor;
    ListeningPoint point = provider.getListeningPoints()[0];
    instance = "\"<urn:uuid:" + UUID.randomUUID() + ">\"";
    contact = sip.addresses.createSipURI(Aor.user(aor), point.getIPAddress());
    contact.setPort(point.getPort());
    contact.setTransportParam(point.getTransport().toLowerCase(java.util.Locale.ROOT));
    registerCallId = provider.getNewCallId();
  }

  String contactAddress() {
    return contact.toString();
  }

  /** What makes the contact comparable with one in a response. */
  String contactKey() {
    return String.valueOf(Aor.contactKey(contact));
  }

  /** Makes Via and Contact of a request those of the listening point from which it goes. */
  void setTransport(Request request, String transport)
      throws ParseException, InvalidArgumentException {
    ListeningPoint point = provider.getListeningPoint(transport);
    if (point == null) {
      throw new IllegalStateException("Cannot send with " + transport);
    }
    ViaHeader via = (ViaHeader) request.getHeader(ViaHeader.NAME);
    via.setTransport(point.getTransport());
    via.setHost(point.getIPAddress());
    via.setPort(point.getPort());
    contact.setHost(point.getIPAddress());
    contact.setPort(point.getPort());
    contact.setTransportParam(point.getTransport().toLowerCase(java.util.Locale.ROOT));
    if (request.getHeader(ContactHeader.NAME) instanceof ContactHeader header) {
      header.setAddress(sip.addresses.createAddress((SipURI) contact.clone()));
    }
  }

  /** A REGISTER that binds the contact for so long; 0 removes it. */
  Request register(int expiresSeconds) throws ParseException, InvalidArgumentException {
    SipURI own = (SipURI) sip.addresses.createURI(aor);
    SipURI domain = sip.addresses.createSipURI(null, own.getHost());
    Request request = request(domain, Request.REGISTER, aor, registerCallId, ++registerSequence);
    ContactHeader header = sip.headers.createContactHeader(sip.addresses.createAddress(contact));
    header.setParameter("+sip.instance", instance);
    request.addHeader(header);
    request.addHeader(sip.headers.createExpiresHeader(expiresSeconds));
    sip.emptyBody(request);
    return request;
  }

  /** A MESSAGE with text for another user (RFC 3428). */
  Request message(String to, String text) throws ParseException, InvalidArgumentException {
    Request request =
        request(sip.addresses.createURI(to), Request.MESSAGE, to, provider.getNewCallId(), 1);
    request.setContent(
        text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        sip.headers.createContentTypeHeader("text", "plain;charset=UTF-8"));
    return request;
  }

  private Request request(URI target, String method, String to, CallIdHeader callId, long sequence)
      throws ParseException, InvalidArgumentException {
    Address from = sip.addresses.createAddress(sip.addresses.createURI(aor));
    ListeningPoint point = provider.getListeningPoints()[0];
    return sip.messages.createRequest(
        target,
        method,
        callId,
        sip.headers.createCSeqHeader(sequence, method),
        sip.headers.createFromHeader(from, Sip.token()),
        sip.headers.createToHeader(
            sip.addresses.createAddress(sip.addresses.createURI(to)), noTag()),
        List.of(
            sip.headers.createViaHeader(
                point.getIPAddress(), point.getPort(), point.getTransport(), noTag())),
        sip.headers.createMaxForwardsHeader(MAX_FORWARDS));
  }

  /** The RI's factories take null for a To without tag and for a branch that the stack makes. */
  @SuppressWarnings("NullAway")
  private static String noTag() {
    return (@Nullable String) null;
  }
}
