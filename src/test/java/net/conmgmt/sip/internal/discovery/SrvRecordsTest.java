package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
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
  @ParameterizedTest
  @ValueSource(strings = {"3 1", "1 3", "10 0 30 60", "1 1 1", "0 1", "65535 1 65535", "2 0 0 1"})
  void theSharesOfTheFirstDrawAreThoseOfTheWeights(String weights) {
    List<ServiceRecord> answer = new ArrayList<>();
    int sum = 0;
    for (String weight : weights.split(" ", -1)) {
      answer.add(
          new ServiceRecord(1, Integer.parseInt(weight), 5061, "r" + answer.size() + "." + DOMAIN));
      sum += Integer.parseInt(weight);
    }
    Random random = new Random(7);
    Map<String, Integer> first = new TreeMap<>();
    int draws = 100_000;
    for (int i = 0; i < draws; i++) {
      List<ServiceRecord> usable = SrvRecords.select(answer, DOMAIN, true, random).usable();
      assertThat(usable).hasSize(answer.size());
      first.merge(usable.get(0).target(), 1, Integer::sum);
    }
    for (ServiceRecord record : answer) {
      assertThat(first.getOrDefault(record.target(), 0) / (double) draws)
          .as(record.toString())
          .isCloseTo(record.weight() / (double) sum, Offset.offset(0.006));
    }
  }

  @Test
  void everyPortThatCanBeConnectedIsUsed() {
    SrvRecords records =
        select(
            new ServiceRecord(1, 0, 1, "a.contoso.com"),
            new ServiceRecord(2, 0, 65_535, "b.contoso.com"),
            new ServiceRecord(3, 0, 0, "c.contoso.com"),
            new ServiceRecord(4, 0, 65_536, "d.contoso.com"));
    assertThat(records.usable()).extracting(ServiceRecord::port).containsExactly(1, 65_535);
    assertThat(records.rejected()).hasSize(2);
  }

  @Requirement("DISC-3")
  @Test
  void recordsOfWeightZeroOnlyHaveEqualChances() {
    Random random = new Random(7);
    int first = 0;
    for (int i = 0; i < 10_000; i++) {
      List<ServiceRecord> answer =
          List.of(
              new ServiceRecord(1, 0, 5061, "a.contoso.com"),
              new ServiceRecord(1, 0, 5061, "b.contoso.com"));
      SrvRecords drawn = SrvRecords.select(answer, DOMAIN, true, random);
      first += drawn.usable().get(0).target().equals("a.contoso.com") ? 1 : 0;
    }
    assertThat(first).isBetween(4_700, 5_300);
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
        .containsExactly(outside + ": the target is not in contoso.com ([MS-CONMGMT] 3.1.5)");
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
