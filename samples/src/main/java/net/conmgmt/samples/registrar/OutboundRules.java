package net.conmgmt.samples.registrar;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.ContactHeader;
import javax.sip.header.Header;
import javax.sip.header.HeaderAddress;
import javax.sip.header.SupportedHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import net.conmgmt.samples.sip.Sip;
import org.jspecify.annotations.Nullable;

/** What a registrar reads in a REGISTER of SIP outbound (RFC 5626 section 6). Pure. */
final class OutboundRules {

  static final String OPTION = "outbound";
  static final String PATH = "Path";

  /** First Hop Lacks Outbound Support (RFC 5626 section 11.6). */
  static final int FIRST_HOP_LACKS_SUPPORT = 439;

  private OutboundRules() {}

  static boolean supports(Request request, String option) {
    return Sip.headers(request, SupportedHeader.NAME, SupportedHeader.class).stream()
        .anyMatch(tag -> option.equalsIgnoreCase(tag.getOptionTag()));
  }

  /** The number of the flow of a Contact that names its device as well, or null. */
  static @Nullable String flowOf(ContactHeader contact) {
    String regId = contact.getParameter("reg-id");
    String instance = contact.getParameter("+sip.instance");
    return regId == null || instance == null || !regId.matches("0*[1-9][0-9]{0,9}")
        ? null
        : regId.replaceFirst("^0+", "");
  }

  /** Whether the client registers a flow, as far as the client is concerned. */
  static boolean asksFor(Request request, List<ContactHeader> contacts) {
    return supports(request, OPTION)
        && contacts.stream().anyMatch(contact -> flowOf(contact) != null);
  }

  /** Whether several Contacts that are to be bound have a flow, which is a bad request. */
  static boolean namesSeveral(List<ContactHeader> contacts) {
    return contacts.stream()
            .filter(contact -> contact.getParameter("reg-id") != null)
            .filter(contact -> !"0".equals(contact.getParameter("expires")))
            .count()
        > 1;
  }

  /**
   * Whether the client's first hop does outbound: this registrar is it, or that edge has put {@code
   * ob} into its Path.
   */
  static boolean firstHopSupports(Request request) {
    if (Sip.headers(request, ViaHeader.NAME, ViaHeader.class).size() == 1) {
      return true;
    }
    List<URI> path = pathUris(request);
    return !path.isEmpty()
        && path.get(path.size() - 1) instanceof SipURI edge
        && edge.toString().toLowerCase(Locale.ROOT).matches(".*;ob(;.*|=.*)?");
  }

  private static List<URI> pathUris(Request request) {
    List<URI> uris = new ArrayList<>();
    for (Header header : Sip.headers(request, PATH, Header.class)) {
      if (header instanceof HeaderAddress hop) {
        uris.add(hop.getAddress().getURI());
      }
    }
    return uris;
  }

  /** The addresses of the Path, which are the Route to the client (RFC 3327 section 5.3). */
  static List<String> pathOf(Request request) {
    List<String> path = new ArrayList<>();
    for (Header header : Sip.headers(request, PATH, Header.class)) {
      if (header instanceof HeaderAddress hop) {
        path.add(hop.getAddress().toString());
      }
    }
    return path;
  }
}
