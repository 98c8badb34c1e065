package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.conmgmt.sip.testing.Requirement;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SrvRecordsTest {

  private static final String DOMAIN = "contoso.com";

  @Requirement("DISC-3")
  @Test
  void recordsAreSortedByPriority() {
    SrvRecords records =
        select(
            new ServiceRecord(30, 0, 5061, "c.contoso.com"),
            new ServiceRecord(10, 0, 5061, "a.contoso.com"),
            new ServiceRecord(20, 65_535, 5061, "b.contoso.com"));
    assertThat(records.usable())
        .extracting(ServiceRecord::target)
        .containsExactly("a.contoso.com", "b.contoso.com", "c.contoso.com");
  }

  @Requirement("DISC-3")
  @Test
  void withinOnePriorityTheFirstIsDrawnInStepWithTheWeights() {
    Random random = new Random(7);
    Map<String, Integer> first = new TreeMap<>();
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      List<ServiceRecord> usable =
          SrvRecords.select(
                  List.of(
                      new ServiceRecord(1, 10, 5061, "ten.contoso.com"),
                      new ServiceRecord(1, 0, 5061, "zero.contoso.com"),
                      new ServiceRecord(1, 30, 5061, "thirty.contoso.com"),
                      new ServiceRecord(1, 60, 5061, "sixty.contoso.com")),
                  DOMAIN,
                  true,
                  random)
              .usable();
      assertThat(usable).hasSize(4);
      first.merge(usable.get(0).target(), 1, Integer::sum);
    }
    // The marks run from 0 to 100, and mark 0 alone draws the record of weight 0 (RFC 2782).
    assertThat(first.getOrDefault("zero.contoso.com", 0) * 101.0 / draws)
        .isCloseTo(1, Offset.offset(0.3));
    assertThat(first.getOrDefault("ten.contoso.com", 0) * 101.0 / draws)
        .isCloseTo(10, Offset.offset(1.0));
    assertThat(first.getOrDefault("thirty.contoso.com", 0) * 101.0 / draws)
        .isCloseTo(30, Offset.offset(1.5));
    assertThat(first.getOrDefault("sixty.contoso.com", 0) * 101.0 / draws)
        .isCloseTo(60, Offset.offset(1.5));
  }

  @Test
  void recordsOfWeightZeroOnlyKeepTheirOrder() {
    SrvRecords records =
        select(
            new ServiceRecord(1, 0, 5061, "a.contoso.com"),
            new ServiceRecord(1, 0, 5061, "b.contoso.com"));
    assertThat(records.usable())
        .extracting(ServiceRecord::target)
        .containsExactly("a.contoso.com", "b.contoso.com");
  }

  @Requirement("DISC-3")
  @Test
  void theTargetDotMeansThatThereIsNoService() {
    SrvRecords records = select(new ServiceRecord(0, 0, 5061, "."));
    assertThat(records.usable()).isEmpty();
    assertThat(records.serviceOffered()).isFalse();
    assertThat(records.rejected())
        .containsExactly("0 0 5061 .: the target . says that there is no such service (RFC 2782)");
  }

  @Test
  void aRecordWithPortZeroIsNoService() {
    SrvRecords records =
        select(
            new ServiceRecord(0, 0, 0, "a.contoso.com"),
            new ServiceRecord(1, 0, 5061, "b.contoso.com"));
    assertThat(records.usable()).extracting(ServiceRecord::target).containsExactly("b.contoso.com");
    assertThat(records.rejected())
        .containsExactly("0 0 0 a.contoso.com: port 0 cannot be connected");
  }

  @Requirement("DISC-8")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "server1.contoso.com",
        "server1.sub.contoso.com",
        "contoso.com",
        "SERVER1.Contoso.COM",
        "server1.contoso.com."
      })
  void aTargetInTheDomainIsUsed(String target) {
    assertThat(select(new ServiceRecord(0, 0, 5061, target)).usable()).hasSize(1);
  }

  @Requirement("DISC-8")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "server1.fakecontoso.com",
        "contoso.com.evil.example",
        "com",
        "server1.contoso.co",
        "evil\\.contoso.com"
      })
  void aTargetOutsideTheDomainIsIgnoredForTls(String target) {
    ServiceRecord outside = new ServiceRecord(0, 0, 5061, target);
    SrvRecords records = select(outside);
    assertThat(records.usable()).isEmpty();
    assertThat(records.serviceOffered()).isTrue();
    assertThat(records.rejected())
        .containsExactly(outside + ": the target is not in contoso.com (MS-CONMGMT 3.1.5)");
  }

  @Requirement("DISC-8")
  @Test
  void aTargetOutsideTheDomainIsUsedForTcp() {
    ServiceRecord outside = new ServiceRecord(0, 0, 5060, "server1.fakecontoso.com");
    assertThat(SrvRecords.select(List.of(outside), DOMAIN, false, new Random(1)).usable())
        .containsExactly(outside);
  }

  private static SrvRecords select(ServiceRecord... records) {
    return SrvRecords.select(List.of(records), DOMAIN, true, new Random(1));
  }
}
