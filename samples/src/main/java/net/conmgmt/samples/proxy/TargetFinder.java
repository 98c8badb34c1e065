package net.conmgmt.samples.proxy;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.ContactHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.registrar.Registrar;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a request goes (RFC 3261 section 16.5). To a client it goes only on a connection
 * which that client opened. Thread-safe.
 */
final class TargetFinder {

  private final Sip sip;
  private final LocalAddresses local;
  private final Registrar registrar;
  private final LearnedFlows learned;
  private final Predicate<String> knownUser;
  private final @Nullable Flow nextHop;

  /**
   * @param knownUser whether a user of the domain exists, as far as is known
   * @param nextHop where everything goes that does not come from there, or null for a registrar
   */
  TargetFinder(
      Sip sip,
      LocalAddresses local,
      Registrar registrar,
      LearnedFlows learned,
      Predicate<String> knownUser,
      @Nullable Flow nextHop) {
    this.sip = sip;
    this.local = local;
    this.registrar = registrar;
    this.learned = learned;
    this.knownUser = knownUser;
    this.nextHop = nextHop;
  }

  Target find(Request request, Flow from) throws ParseException {
    URI uri = request.getRequestURI();
    String key = Aor.contactKey(uri);
    if (key == null || !(uri instanceof SipURI sipUri)) {
      return new Target.Answer(Response.UNSUPPORTED_URI_SCHEME, "Only sip and sips URIs");
    }
    if (nextHop != null) {
      return viaNextHop(nextHop, sipUri, key, from);
    }
    Optional<Registrar.Binding> contact = registrar.byContact(key);
    if (contact.isPresent()) {
      Registrar.Binding binding = contact.get();
      return binding.flow().isUsable()
          ? new Target.Forward(binding.flow(), null)
          : new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "That connection has gone");
    }
    if (local.isDomain(uri) || local.isSelf(uri)) {
      return inDomain(request.getMethod(), sipUri);
    }
    Optional<Flow> flow = learned.find(key);
    if (flow.isPresent()) {
      return new Target.Forward(flow.get(), null);
    }
    return isInDialog(request)
        ? new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "That connection has gone")
        : new Target.Answer(
            Response.FORBIDDEN, "This proxy serves " + local.domain() + " and no other domain");
  }

  private Target viaNextHop(Flow hop, SipURI uri, String key, Flow from) {
    ManagedConnection connection = from.connection();
    // The next hop is the only peer to which this proxy opens connections.
    boolean fromThere =
        connection == null
            ? hop.isSameWayAs(from)
            : connection.side() == ManagedConnection.Side.CLIENT;
    if (fromThere) {
      return learned
          .find(key)
          .<Target>map(flow -> new Target.Forward(flow, null))
          .orElseGet(
              () -> new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "No such connection"));
    }
    return uri.getUser() == null && local.isSelf(uri) && !local.isDomain(uri)
        ? new Target.Self()
        : new Target.Forward(hop, null);
  }

  /** A MESSAGE goes to all devices of a user, anything else to that which registered last. */
  private Target inDomain(String method, SipURI uri) throws ParseException {
    String user = uri.getUser();
    if (user == null || user.isEmpty()) {
      return new Target.Self();
    }
    String aor = "sip:" + user + "@" + local.domain();
    List<Registrar.Binding> bindings = registrar.reachable(aor);
    if (bindings.size() > 1 && Request.MESSAGE.equals(method)) {
      List<Target.Forward> devices = new ArrayList<>();
      for (Registrar.Binding binding : bindings) {
        devices.add(toAddress(binding));
      }
      return new Target.Several(devices);
    }
    if (!bindings.isEmpty()) {
      return toAddress(bindings.get(0));
    }
    return knownUser.test(aor)
        ? new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "Not registered")
        : new Target.Answer(Response.NOT_FOUND, "No such user in " + local.domain());
  }

  private Target.Forward toAddress(Registrar.Binding binding) throws ParseException {
    ContactHeader contact =
        (ContactHeader) sip.headers.createHeader(ContactHeader.NAME, binding.contact());
    return new Target.Forward(binding.flow(), (URI) contact.getAddress().getURI().clone());
  }

  private static boolean isInDialog(Request request) {
    return ((javax.sip.header.ToHeader) request.getHeader(javax.sip.header.ToHeader.NAME)).getTag()
        != null;
  }
}
