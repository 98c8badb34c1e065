package net.conmgmt.sip.internal.header;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.text.ParseException;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MsKeepAliveHeaderTest {

  @Test
  @Requirement("HDR-9")
  void theOfferIsOfTheClientAndOffersHopByHopOnly() {
    MsKeepAliveHeader offer = MsKeepAliveHeaderFactory.offer();

    assertThat(offer).hasToString("Ms-Keep-Alive: UAC;hop-hop=yes\r\n");
    assertThat(offer.getName()).isEqualTo("Ms-Keep-Alive");
    assertThat(offer.isValid()).isTrue();
    assertThat(offer.role()).isEqualTo(Role.UAC);
    assertThat(offer.offersHopByHop()).isTrue();
    assertThat(offer.timeoutSeconds()).isEmpty();
    assertThat(offer).isEqualTo(parsed("UAC;hop-hop=yes"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 300, Integer.MAX_VALUE})
  @Requirement("HDR-9")
  void theAnswerIsOfTheProxyAndCarriesTheTimeout(int seconds) {
    MsKeepAliveHeader answer = MsKeepAliveHeaderFactory.answer(seconds);

    assertThat(answer).hasToString("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=" + seconds + "\r\n");
    assertThat(answer.role()).isEqualTo(Role.UAS);
    assertThat(answer.offersHopByHop()).isTrue();
    assertThat(answer.timeoutSeconds()).hasValue(seconds);
    assertThat(answer).isEqualTo(parsed("UAS;hop-hop=yes;timeout=" + seconds));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void anAnswerWithoutTimeToKeepAliveIsRefused(int seconds) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsKeepAliveHeaderFactory.answer(seconds))
        .withMessageContaining("at least 1 s")
        .withMessageContaining(String.valueOf(seconds));
  }

  @Test
  void everyCallOfTheFactoryGivesAnotherObject() throws Exception {
    MsKeepAliveHeader changed = MsKeepAliveHeaderFactory.offer();
    changed.setParameter("x", "1");

    assertThat(MsKeepAliveHeaderFactory.offer().getValue()).isEqualTo("UAC;hop-hop=yes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UAC;tcp=yes", "UAC;hop-hop=yes;END-END=Yes", "UAS;timeout=5; quic = YES"})
  @Requirement("HDR-4")
  void buildingAHeaderWithAReservedMechanismSetToYesIsRefused(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsKeepAliveHeaderFactory.fromText(value))
        .withMessageContaining("every mechanism but hop-hop is reserved");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsKeepAliveHeaderFactory.offer().setValue(value));
  }

  @Test
  @Requirement("HDR-4")
  void settingAReservedMechanismToYesIsRefusedAndChangesNothing() {
    MsKeepAliveHeader offer = MsKeepAliveHeaderFactory.offer();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> offer.setParameter("tcp", "yes"))
        .withMessageContaining("'tcp' to yes");
    assertThat(offer.getValue()).isEqualTo("UAC;hop-hop=yes");
  }

  @Test
  @Requirement("HDR-4")
  void reservedMechanismsSetToNoMayBeBuilt() throws Exception {
    MsKeepAliveHeader header = MsKeepAliveHeaderFactory.fromText("uas; tcp=no; hop-hop=yes");
    header.setParameter("end-end", "no");

    assertThat(header.getValue()).isEqualTo("UAS;tcp=no;hop-hop=yes;end-end=no");
  }

  @Test
  @Requirement("HDR-4")
  void reservedMechanismsAreKeptAndHaveNoEffect() {
    MsKeepAliveHeader header = parsed("UAC;tcp=YES;x=1;hop-hop=no;end-end=no;q=\"yes\"");

    assertThat(header.mechanisms())
        .containsExactly(entry("tcp", true), entry("hop-hop", false), entry("end-end", false));
    assertThat(header.offersHopByHop()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bogus", "UAC;timeout=x", "UAC, UAC", "UAC,"})
  void textThatIsNotOneValueIsNoHeaderOfTheFactory(String value) {
    assertThatExceptionOfType(ParseException.class)
        .isThrownBy(() -> MsKeepAliveHeaderFactory.fromText(value))
        .withMessageContaining("xpected");
  }

  @Test
  void aRefusedValueLeavesTheHeaderAsItWas() {
    MsKeepAliveHeader answer = MsKeepAliveHeaderFactory.answer(60);

    assertThatExceptionOfType(ParseException.class).isThrownBy(() -> answer.setValue("UAS;;"));
    assertThat(answer).isEqualTo(MsKeepAliveHeaderFactory.answer(60));
  }

  @Test
  void settingAValueMakesAMalformedHeaderValid() throws Exception {
    MsKeepAliveHeader header = parsed("bogus");
    header.setValue("UAS;hop-hop=yes;timeout=7");

    assertThat(header).isEqualTo(MsKeepAliveHeaderFactory.answer(7));
    assertThat(header.timeoutSeconds()).hasValue(7);
  }

  @Test
  @Requirement("HDR-6")
  void parametersAreFoundByNameInAnyLetterCaseAndKeepTheirOrder() {
    MsKeepAliveHeader header = parsed("UAC;Flag;hop-hop=yes;Q=\"a \\\"b\\\";c\";host=[::1]");

    assertThat(header.getParameter("flag")).isEmpty();
    assertThat(header.getParameter("HOP-HOP")).isEqualTo("yes");
    assertThat(header.getParameter("q")).isEqualTo("a \\\"b\\\";c");
    assertThat(header.getParameter("Host")).isEqualTo("[::1]");
    assertThat(header.getParameter("absent")).isNull();
    assertThat(header.getParameterNames())
        .toIterable()
        .containsExactly("Flag", "hop-hop", "Q", "host");
  }

  @Test
  void aParameterIsReplacedWhereItStandsOrAppended() throws Exception {
    MsKeepAliveHeader header = parsed("UAS;a=1;timeout=5;b");

    header.setParameter("TIMEOUT", "9");
    header.setParameter("c", "\"x, y\"");
    header.setParameter("d", null);
    header.setParameter("e", "");
    header.removeParameter("A");
    header.removeParameter("absent");

    assertThat(header.getValue()).isEqualTo("UAS;TIMEOUT=9;b;c=\"x, y\";d;e");
    assertThat(header.timeoutSeconds()).hasValue(9);
  }

  @Test
  void takingHopHopAwayTakesTheOfferAway() {
    MsKeepAliveHeader offer = MsKeepAliveHeaderFactory.offer();
    offer.removeParameter("hop-hop");

    assertThat(offer.offersHopByHop()).isFalse();
    assertThat(offer.getValue()).isEqualTo("UAC");
  }

  @ParameterizedTest
  @CsvSource({
    "x, 'a;b=c'",
    "x, 'a, UAC'",
    "x, 'two words'",
    "x, '\"open'",
    "'x=1;y', 'z'",
    "'', 'z'",
    "timeout, '-1'",
    "hop-hop, maybe",
    "hop-hop, ''"
  })
  void aParameterThatBreaksTheGrammarIsRefusedAndChangesNothing(String name, String value) {
    MsKeepAliveHeader offer = MsKeepAliveHeaderFactory.offer();

    assertThatExceptionOfType(ParseException.class)
        .isThrownBy(() -> offer.setParameter(name, value))
        .withMessageContaining("xpected");
    assertThat(offer.getValue()).isEqualTo("UAC;hop-hop=yes");
  }

  @Test
  void aParameterThatWouldMakeTheValueTooLargeIsRefusedAndChangesNothing() throws Exception {
    MsKeepAliveHeader offer = MsKeepAliveHeaderFactory.offer();
    for (int i = 1; i < MsKeepAliveReader.MAX_PARAMETERS; i++) {
      offer.setParameter("p" + i, "1");
    }
    String before = offer.getValue();

    assertThatExceptionOfType(ParseException.class)
        .isThrownBy(() -> offer.setParameter("one-too-many", "1"))
        .withMessageContaining("at most 64 parameters");
    assertThat(offer.isValid()).isTrue();
    assertThat(offer.getValue()).isEqualTo(before);
  }

  @Test
  @Requirement("HDR-9")
  void aLineBreakInAParameterCannotBeginAnotherHeader() throws Exception {
    MsKeepAliveHeader offer = MsKeepAliveHeaderFactory.offer();
    offer.setParameter("q", "\"a\r\nEvil: yes\"");

    assertThat(offer).hasToString("Ms-Keep-Alive: UAC;hop-hop=yes;q=\"a  Evil: yes\"\r\n");
  }

  @Test
  void aMalformedHeaderHasNoParametersToChange() {
    MsKeepAliveHeader header = parsed("bogus;a=1");
    header.removeParameter("a");

    assertThatExceptionOfType(ParseException.class)
        .isThrownBy(() -> header.setParameter("a", "2"))
        .withMessageContaining("malformed");
    assertThat(header.getParameter("a")).isNull();
    assertThat(header.getValue()).isEqualTo("bogus;a=1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UAC;hop-hop=yes|uac ; HOP-HOP = YES",
        "UAS;a=1;b=2|UAS;b=2;a=1",
        "UAS;a=B|UAS;A=b",
        "UAS;flag|UAS;FLAG"
      })
  @Requirement("HDR-9")
  void equalOnTheWireIsEqual(String one, String other) {
    assertThat(parsed(one)).isEqualTo(parsed(other)).hasSameHashCodeAs(parsed(other));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UAC|UAS",
        "UAC;hop-hop=yes|UAC;hop-hop=no",
        "UAC;hop-hop=yes|UAC",
        "UAS;q='x'|UAS;q='X'",
        "UAS;timeout=1|UAS;timeout=2",
        "bogus|BOGUS",
        "bogus|UAC"
      })
  @Requirement("HDR-9")
  void whatDiffersOnTheWireIsNotEqual(String one, String other) {
    assertThat(parsed(one.replace('\'', '"'))).isNotEqualTo(parsed(other.replace('\'', '"')));
  }

  @Test
  @Requirement("HDR-9")
  void aHeaderEqualsNothingElse() {
    assertThat(MsKeepAliveHeaderFactory.offer()).isNotEqualTo(null).isNotEqualTo("UAC");
  }

  @Test
  @Requirement("HDR-9")
  void aCloneIsIndependent() throws Exception {
    MsKeepAliveHeader original = MsKeepAliveHeaderFactory.answer(60);
    MsKeepAliveHeader clone = (MsKeepAliveHeader) original.clone();
    clone.setParameter("timeout", "5");

    assertThat(original.timeoutSeconds()).hasValue(60);
    assertThat(clone.timeoutSeconds()).hasValue(5);
  }

  @Test
  void aTemplateMatchesItsEqualOnly() {
    MsKeepAlive header = parsed("UAC;hop-hop=yes");

    assertThat(header.match(null)).isTrue();
    assertThat(header.match(MsKeepAliveHeaderFactory.offer())).isTrue();
    assertThat(header.match(MsKeepAliveHeaderFactory.answer(1))).isFalse();
  }

  private static MsKeepAlive parsed(String value) {
    return MsKeepAliveReader.read(value, 0).get(0);
  }
}
