package net.conmgmt.samples.proxy;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import javax.sip.header.FromHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.registrar.Registrar;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.FlowLookup;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryEntry;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a request goes (RFC 3261 section 16.5). To a client it goes only on a connection
 * which that client opened. Thread-safe.
 */
final class TargetFinder {

  /** RFC 5626 section 11.1; JAIN-SIP has no name for it. */
  private static final int FLOW_FAILED = 430;

  private static final Set<String> FORKED = Set.of(Request.INVITE, Request.MESSAGE);

  private final Sip sip;
  private final LocalAddresses local;
  private final Registrar registrar;
  private final LearnedFlows learned;
  private final FlowTokens tokens;
  private final ConnectionManagement connections;
  private final Predicate<String> knownUser;
  private final @Nullable Flow nextHop;
  private final @Nullable Peers peers;

  /**
   * @param knownUser whether a user of the domain exists, as far as is known
   * @param nextHop where everything goes that does not come from there, or null for a registrar
   * @param peers the proxies that share users with this one, or null
   */
  TargetFinder(
      Sip sip,
      LocalAddresses local,
      Registrar registrar,
      LearnedFlows learned,
      FlowTokens tokens,
      ConnectionManagement connections,
      Predicate<String> knownUser,
      @Nullable Flow nextHop,
      @Nullable Peers peers) {
    this.peers = peers;
    this.sip = sip;
    this.local = local;
    this.registrar = registrar;
    this.learned = learned;
    this.tokens = tokens;
    this.connections = connections;
    this.knownUser = knownUser;
    this.nextHop = nextHop;
  }

  /**
   * Finds it.
   *
   * @param token what the Route of the request says of its dialog, or null
   */
  Target find(Request request, Flow from, @Nullable String token) throws ParseException {
    Target target = token == null ? find(request, from) : alongToken(request, from, token);
    return isSips(request.getRequestURI()) ? withTlsOnly(target) : target;
  }

  private Target alongToken(Request request, Flow from, String token) throws ParseException {
    FlowLookup flow = connections.flow(token);
    ManagedConnection there = flow.connection();
    if (there != null) {
      if (peers != null && !there.equals(from.connection())) {
        peers.cameFrom(from.connection());
      }
      // What the client itself sends along its Path goes out (RFC 5626 section 5.3).
      return there.equals(from.connection())
          ? find(request, from)
          : new Target.Forward(Flow.on(there), null);
    }
    return flow.outcome() == FlowLookup.Outcome.GONE
        ? new Target.Answer(FLOW_FAILED, "Flow Failed")
        : alongDialog(request, token);
  }

  private Target alongDialog(Request request, String token) {
    String tag = ((FromHeader) request.getHeader(FromHeader.NAME)).getTag();
    FlowTokens.Way way = tokens.follow(token, tag);
    if (way instanceof FlowTokens.Way.To to) {
      return new Target.Forward(to.flow(), null);
    }
    if (way instanceof FlowTokens.Way.Peer && peers != null) {
      Flow peer = peers.next(request);
      return peer == null
          ? new Target.Answer(FLOW_FAILED, "That proxy has gone")
          : new Target.Forward(peer, null);
    }
    return way instanceof FlowTokens.Way.Gone
        ? new Target.Answer(FLOW_FAILED, "That connection has gone")
        : new Target.Answer(Response.FORBIDDEN, "Route was not created by this proxy");
  }

  static boolean isSips(URI uri) {
    return uri instanceof SipURI sip && sip.isSecure();
  }

  /** A request to a sips URI goes over TLS or nowhere (RFC 5630 section 5.3). */
  private static Target withTlsOnly(Target target) {
    if (target instanceof Target.Forward forward) {
      return isTls(forward)
          ? target
          : new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "Not reached over TLS");
    }
    if (target instanceof Target.Several several) {
      List<Target.Forward> devices =
          several.devices().stream().filter(TargetFinder::isTls).toList();
      return devices.isEmpty()
          ? new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "Not reached over TLS")
          : new Target.Several(devices);
    }
    return target;
  }

  private static boolean isTls(Target.Forward forward) {
    return forward.flow().transport().equalsIgnoreCase("TLS");
  }

  private Target find(Request request, Flow from) throws ParseException {
    URI uri = request.getRequestURI();
    String key = Aor.contactKey(uri);
    if (key == null || !(uri instanceof SipURI sipUri)) {
      return new Target.Answer(Response.UNSUPPORTED_URI_SCHEME, "Only sip and sips URIs");
    }
    if (nextHop != null) {
      return viaNextHop(nextHop, sipUri, key, from);
    }
    if (local.isDomain(uri) || local.isSelf(uri)) {
      return inDomain(request.getMethod(), sipUri);
    }
    return isInDialog(request)
        ? new Target.Answer(FLOW_FAILED, "Route does not identify a connection")
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

  /** Calls and messages go to all devices of a user, all else to that which registered last. */
  private Target inDomain(String method, SipURI uri) throws ParseException {
    String user = uri.getUser();
    if (user == null || user.isEmpty()) {
      return new Target.Self();
    }
    String aor = Aor.in(user, local.domain());
    return peers == null ? ofUser(method, aor) : new Target.Ask(aor);
  }

  private Target ofUser(String method, String aor) throws ParseException {
    Map<String, List<Registrar.Binding>> byDevice = new LinkedHashMap<>();
    for (Registrar.Binding binding : registrar.reachable(aor)) {
      byDevice.computeIfAbsent(binding.device(), device -> new ArrayList<>()).add(binding);
    }
    List<Target.Forward> devices = new ArrayList<>();
    for (List<Registrar.Binding> flows : byDevice.values()) {
      devices.add(toDevice(flows));
    }
    return among(devices, method, aor);
  }

  /**
   * The answer to {@link Target.Ask}.
   *
   * @param entries what the directory says of the user, the latest first
   */
  Target ofUser(Request request, String aor, List<DirectoryEntry> entries) throws ParseException {
    Target target = amongAll(request.getMethod(), aor, entries);
    return isSips(request.getRequestURI()) ? withTlsOnly(target) : target;
  }

  private Target amongAll(String method, String aor, List<DirectoryEntry> entries)
      throws ParseException {
    Peers others = Objects.requireNonNull(peers, "who asks has peers");
    List<Registrar.Binding> own = new ArrayList<>(registrar.reachable(aor));
    Map<String, List<Target.Forward>> byDevice = new LinkedHashMap<>();
    for (DirectoryEntry entry : entries) {
      List<Target.Forward> flows =
          byDevice.computeIfAbsent(entry.endpoint().instance(), device -> new ArrayList<>());
      if (others.isOwn(entry)) {
        ManagedConnection held = connections.flow(entry.flow()).connection();
        for (Registrar.Binding binding : List.copyOf(own)) {
          if (held != null && held.equals(binding.flow().connection())) {
            flows.add(toFlow(binding, null));
            own.remove(binding);
          }
        }
      } else if (!entry.contact().isEmpty()) {
        flows.add(toPeer(others, entry));
      }
    }
    // What is not shared, such as one device too many.
    for (Registrar.Binding binding : own) {
      byDevice
          .computeIfAbsent("here " + binding.device(), device -> new ArrayList<>())
          .add(toFlow(binding, null));
    }
    List<Target.Forward> devices = new ArrayList<>();
    for (List<Target.Forward> flows : byDevice.values()) {
      Target.Forward first = null;
      for (int i = flows.size() - 1; i >= 0; i--) {
        first = flows.get(i).before(first);
      }
      if (first != null) {
        devices.add(first);
      }
    }
    return among(devices, method, aor);
  }

  private Target.Forward toPeer(Peers others, DirectoryEntry entry) throws ParseException {
    return new Target.Forward(
        others.flowTo(entry),
        sip.addresses.createURI(entry.contact()),
        List.of(others.routeTo(entry)),
        null,
        () -> others.forget(entry));
  }

  /** Where a user has several devices; one that has failed makes way for the next. */
  private Target among(List<Target.Forward> devices, String method, String aor) {
    if (devices.size() > 1 && FORKED.contains(method)) {
      return new Target.Several(devices);
    }
    if (!devices.isEmpty()) {
      return devices.get(0);
    }
    return knownUser.test(aor)
        ? new Target.Answer(Response.TEMPORARILY_UNAVAILABLE, "Not registered")
        : new Target.Answer(Response.NOT_FOUND, "No such user in " + local.domain());
  }

  /** One flow of a device at a time, the others for when it fails (RFC 5626 section 7). */
  private Target.Forward toDevice(List<Registrar.Binding> flows) throws ParseException {
    Target.Forward target = null;
    for (int i = flows.size() - 1; i >= 0; i--) {
      target = toFlow(flows.get(i), target);
    }
    return Objects.requireNonNull(target, "a device has a flow");
  }

  private Target.Forward toFlow(Registrar.Binding binding, Target.@Nullable Forward next)
      throws ParseException {
    return new Target.Forward(
        binding.flow(),
        sip.addresses.createURI(binding.uri()),
        binding.path(),
        next,
        () -> registrar.flowFailed(binding));
  }

  private static boolean isInDialog(Request request) {
    return ((javax.sip.header.ToHeader) request.getHeader(javax.sip.header.ToHeader.NAME)).getTag()
        != null;
  }
}
