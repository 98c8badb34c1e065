package net.conmgmt.sip.internal.discovery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.Candidate.Source;
import net.conmgmt.sip.internal.config.HostNames;
import org.jspecify.annotations.Nullable;

/**
 * Decides in which order entries are tried ([MS-CONMGMT] 3.1.5), as results come in. Pure; not
 * thread-safe.
 *
 * <ol>
 *   <li>Entries come in the order of {@link Source}; an entry is given out as soon as nothing that
 *       is still pending could precede it.
 *   <li>At the moment when both TLS queries are complete while {@code _sip._tcp} is pending, the
 *       records of {@code _sip._tcp} are out, and so are those of {@code _sipinternal._tcp} if that
 *       is pending too. If {@code _sip._tcp} was complete before, or if the TLS queries gave no
 *       entry that this stack can use, all are waited for.
 *   <li>The fall-back names come last, without those that are there already: same name, port and
 *       transport.
 * </ol>
 */
final class CandidateSequence {

  static final int TLS_PORT = 5061;
  static final int TCP_PORT = 5060;
  private static final int FALL_BACK_TLS_PORT = 443;
  private static final String[] FALL_BACK_NAMES = {"sipinternal.", "sip.", "sipexternal."};

  private static final String TLS_ONLY = "TCP entries are switched off (TLS_ONLY)";
  private static final String TOO_LATE =
      "complete after both TLS queries while _sip._tcp was pending ([MS-CONMGMT] 3.1.5)";

  private final String domain;
  private final boolean tlsOnly;
  private final boolean tlsPossible;
  // A source without a list is pending.
  private final Map<Source, List<Candidate>> entries = new EnumMap<>(Source.class);
  private final Set<Source> tooLate = new HashSet<>();
  private boolean decided;
  private final Deque<Source> left = new ArrayDeque<>(List.of(Source.values()));
  private int index;

  /**
   * Starts with everything pending.
   *
   * @param tlsOnly leaves out every TCP entry
   * @param tlsPossible whether this stack can connect over TLS
   */
  CandidateSequence(String domain, boolean tlsOnly, boolean tlsPossible) {
    this.domain = domain;
    this.tlsOnly = tlsOnly;
    this.tlsPossible = tlsPossible;
  }

  /**
   * A query is complete.
   *
   * @param records its usable records in order; none if it failed or timed out
   * @return why its records are left out, or null
   */
  @Nullable String complete(Service service, List<ServiceRecord> records) {
    Source source = service.source();
    if (tooLate.contains(source)) {
      return TOO_LATE;
    }
    List<Candidate> made = new ArrayList<>();
    if (service.isTls() || !tlsOnly) {
      for (ServiceRecord record : records) {
        made.add(
            new Candidate(
                DnsNames.withoutDot(record.target()), record.port(), service.transport(), source));
      }
    }
    entries.putIfAbsent(source, made);
    decide();
    return service.isTls() || !tlsOnly ? null : TLS_ONLY;
  }

  /** DHCP is complete with these names. */
  void completeDhcp(List<String> names) {
    List<Candidate> tls = new ArrayList<>();
    List<Candidate> tcp = new ArrayList<>();
    for (String name : names) {
      String host = DnsNames.withoutDot(name);
      tls.add(new Candidate(host, TLS_PORT, "TLS", Source.DHCP_TLS));
      if (!tlsOnly) {
        tcp.add(new Candidate(host, TCP_PORT, "TCP", Source.DHCP_TCP));
      }
    }
    entries.putIfAbsent(Source.DHCP_TLS, tls);
    entries.putIfAbsent(Source.DHCP_TCP, tcp);
  }

  private void decide() {
    if (decided
        || !entries.containsKey(Source.SIPINTERNALTLS)
        || !entries.containsKey(Source.SIP_TLS)) {
      return;
    }
    decided = true;
    // The rule spares a client that has TLS entries the wait. One that has none has to wait.
    if (tlsPossible && hasTlsEntry() && !entries.containsKey(Source.SIP_TCP)) {
      leaveOut(Source.SIP_TCP);
      if (!entries.containsKey(Source.SIPINTERNAL)) {
        leaveOut(Source.SIPINTERNAL);
      }
    }
  }

  private boolean hasTlsEntry() {
    return !entries.getOrDefault(Source.SIPINTERNALTLS, List.of()).isEmpty()
        || !entries.getOrDefault(Source.SIP_TLS, List.of()).isEmpty();
  }

  private void leaveOut(Source source) {
    tooLate.add(source);
    entries.put(source, List.of());
  }

  /** The next entry, or null when it has to wait or when there is none: {@link #exhausted()}. */
  @Nullable Candidate next() {
    while (!left.isEmpty()) {
      List<Candidate> here = entriesOf(left.element());
      if (here == null) {
        return null;
      }
      if (index < here.size()) {
        return here.get(index++);
      }
      left.remove();
      index = 0;
    }
    return null;
  }

  /** Whether every entry was given out and none can come. */
  boolean exhausted() {
    return left.isEmpty();
  }

  /** All entries that are known by now, given out or not, in order. */
  List<Candidate> known() {
    List<Candidate> all = new ArrayList<>();
    for (Source source : Source.values()) {
      List<Candidate> here = source == Source.FALL_BACK ? fallBack() : entries.get(source);
      if (here != null) {
        all.addAll(here);
      }
    }
    return all;
  }

  private @Nullable List<Candidate> entriesOf(Source source) {
    if (source == Source.FALL_BACK) {
      return fallBack();
    }
    boolean leftOut = tlsOnly && (source == Source.SIPINTERNAL || source == Source.SIP_TCP);
    // With TLS only, nothing that a TCP query answers can matter any more.
    return leftOut ? List.of() : entries.get(source);
  }

  private List<Candidate> fallBack() {
    Set<String> present = new HashSet<>();
    entries.values().forEach(list -> list.forEach(c -> present.add(key(c))));
    List<Candidate> made = new ArrayList<>();
    for (String prefix : FALL_BACK_NAMES) {
      String host = prefix + domain;
      Candidate tls = new Candidate(host, FALL_BACK_TLS_PORT, "TLS", Source.FALL_BACK);
      Candidate tcp = new Candidate(host, TCP_PORT, "TCP", Source.FALL_BACK);
      if (present.add(key(tls))) {
        made.add(tls);
      }
      if (!tlsOnly && present.add(key(tcp))) {
        made.add(tcp);
      }
    }
    return made;
  }

  private static String key(Candidate candidate) {
    return HostNames.comparable(candidate.host())
        + ":"
        + candidate.port()
        + "/"
        + candidate.transport();
  }
}
