package net.conmgmt.sip.internal.header;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import gov.nist.javax.sip.header.HeaderFactoryImpl;
import gov.nist.javax.sip.message.SIPMessage;
import java.text.ParseException;
import java.util.List;
import java.util.stream.Stream;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.internal.header.ValueTable.Expected;
import net.conmgmt.sip.internal.header.ValueTable.Row;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every line of ms-keep-alive-values.txt, by each way in which a value can come in. */
class MsKeepAliveValueTableTest {

  @BeforeAll
  static void register() {
    MsKeepAliveHeaderRegistration.ensureRegistered();
  }

  static Stream<Row> rows() {
    return ValueTable.rows();
  }

  /** Without those whose line break would begin another header or end the message. */
  static Stream<Row> rowsFitForAMessage() {
    return rows().filter(Row::isFitForAMessage);
  }

  /** The RI's factory joins lines in its own manner. */
  static Stream<Row> rowsOfOneLine() {
    return rows().filter(row -> !row.hasLineBreak() && !row.endsInControl());
  }

  @Test
  void theTableIsLargeEnough() {
    assertThat(rows().count()).isGreaterThanOrEqualTo(150);
  }

  @ParameterizedTest
  @MethodSource("rows")
  @Requirement({"HDR-2", "HDR-3", "HDR-4", "HDR-5", "HDR-6", "HDR-7"})
  void aValueYieldsAndEncodesWhatTheTableSays(Row row) {
    List<MsKeepAlive> headers = parse(row.value());

    assertThat(headers).hasSameSizeAs(row.expected());
    for (int i = 0; i < headers.size(); i++) {
      assertOutcome(headers.get(i), row.expected().get(i));
      assertThat(headers.get(i).getValue()).isEqualTo(row.expected().get(i).encoded());
      assertThat(headers.get(i).encode())
          .isEqualTo("Ms-Keep-Alive: " + row.expected().get(i).encoded() + "\r\n");
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  @Requirement("HDR-6")
  void aSingleValueEncodesIntoSomethingThatParsesAsItsEqual(Row row) {
    for (MsKeepAlive header : parse(row.value())) {
      List<MsKeepAlive> again = parse(header.getValue());

      assertThat(again).containsExactly(header);
      assertThat(again.get(0).isValid()).isEqualTo(header.isValid());
      assertThat(again.get(0).getValue()).isEqualTo(header.getValue());
    }
  }

  @ParameterizedTest
  @MethodSource("rowsFitForAMessage")
  @Requirement({"HDR-7", "HDR-8"})
  void aValueInAMessageYieldsTheSameAndCostsNothingElse(Row row) throws Exception {
    SIPMessage message = Messages.register("ms-keep-alive:" + row.value(), "User-Agent: after");

    List<MsKeepAliveHeader> headers = MsKeepAliveHeaders.in(message);
    assertThat(headers).hasSameSizeAs(row.expected());
    for (int i = 0; i < headers.size(); i++) {
      assertOutcome(headers.get(i), row.expected().get(i));
    }
    assertThat(message.getHeader("User-Agent")).hasToString("User-Agent: after\r\n");

    SIPMessage relayed = Messages.parse(message.encode());
    assertThat(MsKeepAliveHeaders.in(relayed)).isEqualTo(headers);
    assertThat(MsKeepAliveHeaders.in((SIPMessage) relayed.clone())).isEqualTo(headers);
  }

  @ParameterizedTest
  @MethodSource("rowsOfOneLine")
  @Requirement("HDR-9")
  void theStacksHeaderFactoryYieldsTheSameOfWhatMayBeSent(Row row) throws Exception {
    HeaderFactoryImpl factory = new HeaderFactoryImpl();
    List<MsKeepAlive> parsed = parse(row.value());
    if (parsed.stream().anyMatch(header -> header.objection() != null)) {
      assertThatExceptionOfType(ParseException.class)
          .isThrownBy(() -> factory.createHeader("Ms-Keep-Alive", row.value()));
      assertThatExceptionOfType(ParseException.class)
          .isThrownBy(() -> factory.createHeaders("Ms-Keep-Alive: " + row.value()));
      return;
    }
    List<?> created = factory.createHeaders("Ms-Keep-Alive: " + row.value());
    assertThat(created).isEqualTo(parsed);
    if (parsed.size() == 1) {
      assertThat(factory.createHeader("Ms-Keep-Alive", row.value())).isEqualTo(parsed.get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "UAS;timeout=-1", "UAC;tcp=yes", "UAC;hop-hop=yes;end-end=YES"})
  @Requirement({"HDR-4", "HDR-9"})
  void theStacksHeaderFactoryRefusesWhatMustNotBeSent(String value) {
    assertThatExceptionOfType(ParseException.class)
        .isThrownBy(() -> new HeaderFactoryImpl().createHeader("Ms-Keep-Alive", value))
        .withMessageContaining("Ms-Keep-Alive");
  }

  @ParameterizedTest
  @MethodSource("rows")
  @Requirement("HDR-9")
  void cloneAndSerialisedCopyAreEqualAndEncodeAlike(Row row) throws Exception {
    for (MsKeepAlive header : parse(row.value())) {
      for (MsKeepAlive copy : List.of(header.clone(), Messages.throughSerialisation(header))) {
        assertThat(copy).isNotSameAs(header).isEqualTo(header).hasSameHashCodeAs(header);
        assertThat(copy.encode()).isEqualTo(header.encode());
        assertThat(copy.role()).isEqualTo(header.role());
        assertThat(copy.offersHopByHop()).isEqualTo(header.offersHopByHop());
        assertThat(copy.timeoutSeconds()).isEqualTo(header.timeoutSeconds());
        assertThat(copy.invalidReason()).isEqualTo(header.invalidReason());
      }
    }
  }

  private static List<MsKeepAlive> parse(String value) {
    return MsKeepAliveReader.read("Ms-Keep-Alive:" + value + "\n", "Ms-Keep-Alive:".length());
  }

  private static void assertOutcome(MsKeepAliveHeader header, Expected expected) {
    assertThat(header.isValid()).isEqualTo(expected.valid());
    if (!expected.valid()) {
      assertThat(header.invalidReason()).contains(expected.reason()).hasSizeLessThan(400);
      assertThat(header.role()).isNull();
      assertThat(header.offersHopByHop()).isFalse();
      assertThat(header.timeoutSeconds()).isEmpty();
      assertThat(header.mechanisms()).isEmpty();
      assertThat(header.getParameterNames()).isExhausted();
      return;
    }
    String timeout =
        header.timeoutSeconds().isPresent() ? "" + header.timeoutSeconds().getAsInt() : "-";
    assertThat(header.role() + (header.offersHopByHop() ? " yes " : " no ") + timeout)
        .isEqualTo(expected.outcome());
    assertThat(header.invalidReason()).isNull();
  }
}
