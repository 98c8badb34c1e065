package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import org.junit.jupiter.api.Test;

class DiscoveryReportTest {

  private static final Candidate CANDIDATE =
      new Candidate("sip.contoso.com", 443, "TLS", Candidate.Source.FALL_BACK);

  @Test
  void nobodyChangesAReportAfterwards() {
    List<String> records = new ArrayList<>(List.of("0 0 443 sip.contoso.com"));
    Query query = new Query("_sip._tls", Query.Result.RECORDS, records, records, "", 1);
    List<Query> queries = new ArrayList<>(List.of(query));
    List<Candidate> candidates = new ArrayList<>(List.of(CANDIDATE));
    List<Attempt> attempts =
        new ArrayList<>(List.of(new Attempt(CANDIDATE, "", Attempt.Outcome.SKIPPED, "", 1, 2)));
    DiscoveryReport report =
        new DiscoveryReport(
            "contoso.com", queries, candidates, attempts, null, null, Optional.empty(), "why", 2);
    records.clear();
    queries.clear();
    candidates.clear();
    attempts.clear();
    assertThat(report.queries().get(0).records()).hasSize(1);
    assertThat(report.queries().get(0).rejected()).hasSize(1);
    assertThat(report.candidates()).hasSize(1);
    assertThat(report.attempts()).hasSize(1);
    assertThatThrownBy(() -> report.queries().remove(0))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
