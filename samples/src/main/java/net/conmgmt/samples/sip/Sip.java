package net.conmgmt.samples.sip;

import java.security.SecureRandom;
import java.text.ParseException;
import java.util.HexFormat;
import java.util.List;
import java.util.ListIterator;
import javax.sip.InvalidArgumentException;
import javax.sip.PeerUnavailableException;
import javax.sip.SipFactory;
import javax.sip.address.AddressFactory;
import javax.sip.header.HeaderFactory;
import javax.sip.header.ToHeader;
import javax.sip.message.Message;
import javax.sip.message.MessageFactory;
import javax.sip.message.Request;
import javax.sip.message.Response;
import org.jspecify.annotations.Nullable;

/** The JAIN-SIP factories and what every sample does with them. Thread-safe. */
public final class Sip {

  /** The methods that the samples know. */
  public static final List<String> METHODS =
      List.of(
          Request.INVITE,
          Request.ACK,
          Request.CANCEL,
          Request.BYE,
          Request.OPTIONS,
          Request.MESSAGE,
          Request.SUBSCRIBE,
          Request.NOTIFY,
          Request.REGISTER);

  private static final SecureRandom RANDOM = new SecureRandom();

  public final AddressFactory addresses;
  public final HeaderFactory headers;
  public final MessageFactory messages;

  public Sip() throws PeerUnavailableException {
    SipFactory factory = SipFactory.getInstance();
    synchronized (factory) {
      factory.setPathName("gov.nist");
      addresses = factory.createAddressFactory();
      headers = factory.createHeaderFactory();
      messages = factory.createMessageFactory();
    }
  }

  /** Random hexadecimal digits for tags and the like. */
  public static String token() {
    byte[] bytes = new byte[8];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** A response with a To tag and, where one is given, a reason phrase that helps. */
  public Response response(int status, Request request, @Nullable String reason)
      throws ParseException {
    Response response = messages.createResponse(status, request);
    if (reason != null) {
      response.setReasonPhrase(reason);
    }
    ToHeader to = (ToHeader) response.getHeader(ToHeader.NAME);
    if (to.getTag() == null && status > Response.TRYING) {
      to.setTag(token());
    }
    return response;
  }

  /** Adds an Allow header of each method. */
  public void allow(Response response, List<String> methods) throws ParseException {
    for (String method : methods) {
      response.addHeader(headers.createAllowHeader(method));
    }
  }

  /** The number of seconds in a response's or request's Expires, or -1. */
  public static int expires(Message message) {
    return message.getExpires() == null ? -1 : message.getExpires().getExpires();
  }

  /** The headers of a name, as a loop can use them. */
  public static <T> List<T> headers(Message message, String name, Class<T> type) {
    List<T> found = new java.util.ArrayList<>();
    ListIterator<?> all = message.getHeaders(name);
    while (all.hasNext()) {
      found.add(type.cast(all.next()));
    }
    return found;
  }

  /** Sets the Content-Length that an empty body has. */
  public void emptyBody(Request request) throws InvalidArgumentException {
    request.setContentLength(headers.createContentLengthHeader(0));
  }
}
