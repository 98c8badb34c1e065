package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The log of a run: {@code +x} says that a query is complete, and what follows are the entries that
 * come out because of it. The queries and their one entry each are {@code a} sipinternaltls, {@code
 * b} sipinternal, {@code c} _sip._tls, {@code d} _sip._tcp; DHCP is {@code h}, its entries are
 * {@code H} for TLS and {@code h} for TCP; {@code F} are the six fall-back entries.
 */
class CandidateSequenceTest {

  @Requirement({"DISC-6", "DISC-7", "DISC-13"})
  @ParameterizedTest
  @CsvSource({
    "abcd, +a a +b b +c cF +d",
    "abdc, +a a +b b +d +c cdF",
    "acbd, +a a +c cF +b +d",
    "acdb, +a a +c cF +d +b",
    "adbc, +a a +d +b b +c cdF",
    "adcb, +a a +d +c +b bcdF",
    "bacd, +b +a ab +c cF +d",
    "badc, +b +a ab +d +c cdF",
    "bcad, +b +c +a abcF +d",
    "bcda, +b +c +d +a abcdF",
    "bdac, +b +d +a ab +c cdF",
    "bdca, +b +d +c +a abcdF",
    "cabd, +c +a acF +b +d",
    "cadb, +c +a acF +d +b",
    "cbad, +c +b +a abcF +d",
    "cbda, +c +b +d +a abcdF",
    "cdab, +c +d +a a +b bcdF",
    "cdba, +c +d +b +a abcdF",
    "dabc, +d +a a +b b +c cdF",
    "dacb, +d +a a +c +b bcdF",
    "dbac, +d +b +a ab +c cdF",
    "dbca, +d +b +c +a abcdF",
    "dcab, +d +c +a a +b bcdF",
    "dcba, +d +c +b +a abcdF"
  })
  void anEntryComesOutAsSoonAsNothingPendingCouldPrecedeIt(String order, String log) {
    CandidateSequence sequence = new CandidateSequence("contoso.com", false, true);
    sequence.completeDhcp(List.of());
    assertThat(run(sequence, order)).isEqualTo(log);
  }

  @Requirement({"DISC-6", "DISC-7", "DISC-13"})
  @ParameterizedTest
  @CsvSource({
    "abcdh, +a a +b +c +d +h HbhcF",
    "abdch, +a a +b +d +c +h HbhcdF",
    "acbdh, +a a +c +b +d +h HhcF",
    "acdbh, +a a +c +d +b +h HhcF",
    "adbch, +a a +d +b +c +h HbhcdF",
    "adcbh, +a a +d +c +b +h HbhcdF",
    "bacdh, +b +a a +c +d +h HbhcF",
    "badch, +b +a a +d +c +h HbhcdF",
    "bcadh, +b +c +a a +d +h HbhcF",
    "bcdah, +b +c +d +a a +h HbhcdF",
    "bdach, +b +d +a a +c +h HbhcdF",
    "bdcah, +b +d +c +a a +h HbhcdF",
    "cabdh, +c +a a +b +d +h HhcF",
    "cadbh, +c +a a +d +b +h HhcF",
    "cbadh, +c +b +a a +d +h HbhcF",
    "cbdah, +c +b +d +a a +h HbhcdF",
    "cdabh, +c +d +a a +b +h HbhcdF",
    "cdbah, +c +d +b +a a +h HbhcdF",
    "dabch, +d +a a +b +c +h HbhcdF",
    "dacbh, +d +a a +c +b +h HbhcdF",
    "dbach, +d +b +a a +c +h HbhcdF",
    "dbcah, +d +b +c +a a +h HbhcdF",
    "dcabh, +d +c +a a +b +h HbhcdF",
    "dcbah, +d +c +b +a a +h HbhcdF"
  })
  void dhcpThatIsLateHoldsUpOnlyWhatComesAfterIt(String order, String log) {
    assertThat(run(new CandidateSequence("contoso.com", false, true), order)).isEqualTo(log);
  }

  @Requirement({"DISC-6", "DISC-7", "DISC-13"})
  @ParameterizedTest
  @CsvSource({
    "habcd, +h +a aH +b bh +c cF +d",
    "habdc, +h +a aH +b bh +d +c cdF",
    "hacbd, +h +a aH +c hcF +b +d",
    "hacdb, +h +a aH +c hcF +d +b",
    "hadbc, +h +a aH +d +b bh +c cdF",
    "hadcb, +h +a aH +d +c +b bhcdF",
    "hbacd, +h +b +a aHbh +c cF +d",
    "hbadc, +h +b +a aHbh +d +c cdF",
    "hbcad, +h +b +c +a aHbhcF +d",
    "hbcda, +h +b +c +d +a aHbhcdF",
    "hbdac, +h +b +d +a aHbh +c cdF",
    "hbdca, +h +b +d +c +a aHbhcdF",
    "hcabd, +h +c +a aHhcF +b +d",
    "hcadb, +h +c +a aHhcF +d +b",
    "hcbad, +h +c +b +a aHbhcF +d",
    "hcbda, +h +c +b +d +a aHbhcdF",
    "hcdab, +h +c +d +a aH +b bhcdF",
    "hcdba, +h +c +d +b +a aHbhcdF",
    "hdabc, +h +d +a aH +b bh +c cdF",
    "hdacb, +h +d +a aH +c +b bhcdF",
    "hdbac, +h +d +b +a aHbh +c cdF",
    "hdbca, +h +d +b +c +a aHbhcdF",
    "hdcab, +h +d +c +a aH +b bhcdF",
    "hdcba, +h +d +c +b +a aHbhcdF"
  })
  void dhcpThatIsEarlyStandsBetweenTheInternalServices(String order, String log) {
    assertThat(run(new CandidateSequence("contoso.com", false, true), order)).isEqualTo(log);
  }

  @Requirement({"DISC-6", "DISC-9", "DISC-10"})
  @Test
  void theWholeSequenceHasTheTransportsAndPortsOfItsSources() {
    CandidateSequence sequence = new CandidateSequence("contoso.com", false, true);
    run(sequence, "dbcah");
    assertThat(sequence.known())
        .extracting(Candidate::toString)
        .containsExactly(
            "a.contoso.com:1001/TLS",
            "h.contoso.com:5061/TLS",
            "b.contoso.com:1002/TCP",
            "h.contoso.com:5060/TCP",
            "c.contoso.com:1003/TLS",
            "d.contoso.com:1004/TCP",
            "sipinternal.contoso.com:443/TLS",
            "sipinternal.contoso.com:5060/TCP",
            "sip.contoso.com:443/TLS",
            "sip.contoso.com:5060/TCP",
            "sipexternal.contoso.com:443/TLS",
            "sipexternal.contoso.com:5060/TCP");
    assertThat(sequence.exhausted()).isTrue();
  }

  @Requirement("DISC-10")
  @Test
  void aFallBackEntryIsLeftOutOnlyWhereNamePortAndTransportAreThereAlready() {
    CandidateSequence sequence = new CandidateSequence("contoso.com", false, true);
    sequence.completeDhcp(List.of("sipinternal.contoso.com"));
    sequence.complete(
        Service.SIPINTERNALTLS,
        List.of(
            new ServiceRecord(0, 0, 443, "SIP.Contoso.com."),
            new ServiceRecord(0, 0, 5060, "sipexternal.contoso.com")));
    sequence.complete(Service.SIPINTERNAL, List.of());
    sequence.complete(
        Service.SIP_TCP,
        List.of(
            new ServiceRecord(0, 0, 443, "sipexternal.contoso.com"),
            new ServiceRecord(0, 0, 5060, "sip.contoso.com")));
    sequence.complete(Service.SIP_TLS, List.of());
    assertThat(sequence.known())
        .filteredOn(c -> c.source() == Candidate.Source.FALL_BACK)
        .extracting(Candidate::toString)
        .containsExactly(
            "sipinternal.contoso.com:443/TLS",
            "sipexternal.contoso.com:443/TLS",
            "sipexternal.contoso.com:5060/TCP");
  }

  @Requirement("DISC-7")
  @Test
  void whatComesTooLateIsLeftOutWithTheReason() {
    CandidateSequence sequence = new CandidateSequence("contoso.com", false, true);
    sequence.completeDhcp(List.of());
    List<ServiceRecord> tls = List.of(new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    assertThat(sequence.complete(Service.SIPINTERNALTLS, tls)).isNull();
    assertThat(sequence.complete(Service.SIP_TLS, List.of())).isNull();
    List<ServiceRecord> late = List.of(new ServiceRecord(0, 0, 5060, "late.contoso.com"));
    assertThat(sequence.complete(Service.SIPINTERNAL, late))
        .contains("after both TLS queries while _sip._tcp was pending");
    assertThat(sequence.complete(Service.SIP_TCP, late))
        .contains("after both TLS queries while _sip._tcp was pending");
    assertThat(sequence.known()).extracting(Candidate::host).doesNotContain("late.contoso.com");
  }

  @Test
  void withTlsOnlyNoTcpEntryComesAndNoTcpQueryIsWaitedFor() {
    CandidateSequence sequence = new CandidateSequence("contoso.com", true, true);
    sequence.completeDhcp(List.of("h.contoso.com"));
    assertThat(sequence.complete(Service.SIP_TCP, List.of(new ServiceRecord(0, 0, 1, "d."))))
        .contains("TLS_ONLY");
    List<String> log = new ArrayList<>();
    for (Service service : List.of(Service.SIPINTERNALTLS, Service.SIP_TLS)) {
      sequence.complete(service, List.of());
      for (Candidate c = sequence.next(); c != null; c = sequence.next()) {
        log.add(c.toString());
      }
    }
    assertThat(log)
        .containsExactly(
            "h.contoso.com:5061/TLS",
            "sipinternal.contoso.com:443/TLS",
            "sip.contoso.com:443/TLS",
            "sipexternal.contoso.com:443/TLS");
    assertThat(sequence.exhausted()).isTrue();
  }

  private static String run(CandidateSequence sequence, String order) {
    StringBuilder log = new StringBuilder();
    int fallBacks = 0;
    for (int i = 0; i < order.length(); i++) {
      char query = order.charAt(i);
      switch (query) {
        case 'a' -> complete(sequence, Service.SIPINTERNALTLS, "a", 1001);
        case 'b' -> complete(sequence, Service.SIPINTERNAL, "b", 1002);
        case 'c' -> complete(sequence, Service.SIP_TLS, "c", 1003);
        case 'd' -> complete(sequence, Service.SIP_TCP, "d", 1004);
        default -> sequence.completeDhcp(List.of("h.contoso.com"));
      }
      log.append(" +").append(query);
      boolean first = true;
      for (Candidate c = sequence.next(); c != null; c = sequence.next()) {
        String entry = "";
        switch (c.source()) {
          case DHCP_TLS -> entry = "H";
          case FALL_BACK -> entry = ++fallBacks == 6 ? "F" : "";
          default -> entry = c.host().substring(0, 1);
        }
        if (!entry.isEmpty()) {
          log.append(first ? " " : "").append(entry);
          first = false;
        }
      }
    }
    assertThat(sequence.exhausted()).isTrue();
    return log.substring(1);
  }

  private static void complete(CandidateSequence sequence, Service service, String name, int port) {
    String reason =
        sequence.complete(service, List.of(new ServiceRecord(0, 0, port, name + ".contoso.com")));
    assertThat(reason == null || reason.contains("3.1.5")).isTrue();
  }
}
