package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.Candidate.Source;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import org.junit.jupiter.api.Test;

/** Of several failures that one is told which explains most. */
class MostTellingTest {

  private static MostTelling of(Source source, Outcome outcome) {
    return new MostTelling(
        new Candidate("sip.contoso.com", 5061, "TLS", source),
        outcome,
        new IOException("on purpose"));
  }

  @Test
  void aLaterStageExplainsMoreAndWhatDnsNamesMoreThanACustomaryName() {
    List<MostTelling> rising = new ArrayList<>();
    for (Source source : List.of(Source.FALL_BACK, Source.SIP_TLS)) {
      for (Outcome outcome :
          List.of(Outcome.SKIPPED, Outcome.LOOKUP_FAILED, Outcome.CONNECT_FAILED)) {
        rising.add(of(source, outcome));
      }
    }
    rising.add(of(Source.FALL_BACK, Outcome.REFUSED));
    for (int i = 0; i < rising.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertThat(rising.get(i).or(rising.get(j))).isSameAs(rising.get(i));
        assertThat(rising.get(j).or(rising.get(i))).isSameAs(rising.get(i));
      }
    }
  }

  @Test
  void ofTwoThatExplainAsMuchTheFirstIsTold() {
    MostTelling first = of(Source.SIP_TLS, Outcome.CONNECT_FAILED);
    assertThat(first.or(of(Source.SIP_TCP, Outcome.CONNECT_FAILED))).isSameAs(first);
  }

  @Test
  void aCauseIsToldWithoutWhereOurThreadsWereThoughItsCausesAreACircle() {
    IOException outer = new IOException("outer");
    IOException inner = new IOException("inner", outer);
    outer.initCause(inner);
    Throwable told =
        new MostTelling(of(Source.SIP_TLS, Outcome.REFUSED).candidate(), Outcome.REFUSED, outer)
            .withoutTraces();
    assertThat(told).isSameAs(outer);
    assertThat(outer.getStackTrace()).isEmpty();
    assertThat(inner.getStackTrace()).isEmpty();
  }
}
