package net.conmgmt.sip.internal.header;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import gov.nist.javax.sip.header.ExtensionHeaderImpl;
import gov.nist.javax.sip.header.HeaderFactoryImpl;
import gov.nist.javax.sip.message.SIPMessage;
import java.text.ParseException;
import java.util.Iterator;
import javax.sip.header.Header;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.header.MsKeepAliveParser;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MsKeepAliveInMessagesTest {

  @BeforeAll
  static void register() {
    MsKeepAliveHeaderRegistration.ensureRegistered();
  }

  @Test
  @Requirement("HDR-2")
  void theSampleRequestOffers() throws Exception {
    SIPMessage request = Messages.sample("/ms-conmgmt-4.1-request.txt");

    assertThat(MsKeepAliveHeaders.in(request))
        .containsExactly(MsKeepAliveHeaderFactory.offer())
        .allMatch(MsKeepAliveHeader::offersHopByHop);
    assertThat(request.getHeader("Event")).isNotNull();
  }

  @Test
  @Requirement("HDR-2")
  void theSampleResponseAnswers() throws Exception {
    SIPMessage response = Messages.sample("/ms-conmgmt-4.2-response.txt");

    assertThat(MsKeepAliveHeaders.in(response)).hasSize(1);
    MsKeepAliveHeader answer = MsKeepAliveHeaders.in(response).get(0);
    assertThat(answer.role()).isEqualTo(Role.UAS);
    assertThat(answer.offersHopByHop()).isTrue();
    assertThat(answer.timeoutSeconds()).hasValue(300);
    assertThat(answer.mechanisms().keySet()).containsExactly("tcp", "hop-hop", "end-end");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ms-keep-alive: UAC;hop-hop=yes",
        "MS-KEEP-ALIVE:UAC;hop-hop=yes",
        "Ms-Keep-Alive :  UAC;hop-hop=yes",
        "mS-kEEP-aLIVE\t:\tUAC;hop-hop=yes",
        "Ms-Keep-Alive:\r\n UAC\r\n\t;hop-hop=yes",
        "ms-keep-alive: UAC;\r\n   hop-hop\r\n = \r\n yes"
      })
  @Requirement({"HDR-1", "HDR-9"})
  void theNameIsKnownInAnyLetterCaseWithWhiteSpaceAndFolding(String line) throws Exception {
    SIPMessage message = Messages.register(line, "User-Agent: after");

    for (String name : new String[] {"ms-keep-alive", "MS-KEEP-ALIVE", "Ms-Keep-Alive"}) {
      assertThat(message.getHeader(name)).isEqualTo(MsKeepAliveHeaderFactory.offer());
    }
    assertThat(message.getHeader("User-Agent")).isNotNull();
    assertThat(Messages.wire(message)).contains("\r\nMs-Keep-Alive: UAC;hop-hop=yes\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ms-Keep-Alive", "ms-keep-alive", "MS-KEEP-ALIVE"})
  @Requirement("HDR-9")
  void theStacksHeaderFactoryKnowsTheHeader(String name) throws Exception {
    Header header = new HeaderFactoryImpl().createHeader(name, "UAS;hop-hop=yes;timeout=300");

    assertThat(header).isEqualTo(MsKeepAliveHeaderFactory.answer(300));
    assertThat(header.getName()).isEqualTo("Ms-Keep-Alive");
  }

  @Test
  @Requirement("HDR-7")
  void twoLinesAreTwoHeadersAndStayTwoWhenSentOn() throws Exception {
    SIPMessage message =
        Messages.register(
            "Ms-Keep-Alive: UAC;hop-hop=yes", "User-Agent: x", "ms-keep-alive: uas;tcp=no");

    assertThat(MsKeepAliveHeaders.in(message)).hasSize(2);
    assertThat(MsKeepAliveHeaders.in(message).get(0).role()).isEqualTo(Role.UAC);
    assertThat(MsKeepAliveHeaders.in(message).get(1).role()).isEqualTo(Role.UAS);
    assertThat(Messages.wire(message))
        .contains("Ms-Keep-Alive: UAC;hop-hop=yes\r\nMs-Keep-Alive: UAS;tcp=no\r\n");
    assertThat(MsKeepAliveHeaders.in(Messages.parse(message.encode()))).hasSize(2);
    assertThat(MsKeepAliveHeaders.in((SIPMessage) message.clone())).hasSize(2);
  }

  @Test
  @Requirement("HDR-7")
  void twoLinesThatTogetherAreTooLongForOneStayTwoValidHeaders() throws Exception {
    String value = "UAC;x=" + "a".repeat(700);
    SIPMessage message = Messages.register("Ms-Keep-Alive: " + value, "Ms-Keep-Alive: " + value);

    assertThat(MsKeepAliveHeaders.in(Messages.parse(Messages.wire(message))))
        .hasSize(2)
        .allMatch(MsKeepAliveHeader::isValid);
  }

  @Test
  @Requirement({"HDR-7", "HDR-8"})
  void aMalformedHeaderDoesNotSwallowTheOneAfterIt() throws Exception {
    SIPMessage message =
        Messages.register("Ms-Keep-Alive: UAC;q=\"open", "Ms-Keep-Alive: UAC;hop-hop=yes");

    SIPMessage relayed = Messages.parse(Messages.wire(message));

    assertThat(MsKeepAliveHeaders.in(relayed)).hasSize(2);
    assertThat(MsKeepAliveHeaders.in(relayed).get(0).isValid()).isFalse();
    assertThat(MsKeepAliveHeaders.in(relayed).get(1)).isEqualTo(MsKeepAliveHeaderFactory.offer());
  }

  @Test
  void absentMalformedAndTwiceAreThreeThings() throws Exception {
    assertThat(MsKeepAliveHeaders.in(Messages.register())).isEmpty();
    assertThat(MsKeepAliveHeaders.in(Messages.register("Ms-Keep-Alive: bogus")))
        .hasSize(1)
        .noneMatch(MsKeepAliveHeader::isValid);
    assertThat(MsKeepAliveHeaders.in(Messages.register("Ms-Keep-Alive: UAC, UAC"))).hasSize(2);
  }

  @Test
  void settingAHeaderLeavesExactlyOneLineWhateverWasThere() throws Exception {
    SIPMessage message =
        Messages.register("Ms-Keep-Alive: UAS;timeout=5, bogus", "ms-keep-alive: UAC;tcp=yes");
    ExtensionHeaderImpl text = new ExtensionHeaderImpl("MS-KEEP-ALIVE");
    text.setValue("UAC;hop-hop=yes");
    message.addHeader(text);

    MsKeepAliveHeaders.set(message, MsKeepAliveHeaderFactory.offer());
    MsKeepAliveHeaders.set(message, MsKeepAliveHeaderFactory.offer());

    assertThat(MsKeepAliveHeaders.in(message)).containsExactly(MsKeepAliveHeaderFactory.offer());
    assertThat(linesIn(message)).containsExactly("Ms-Keep-Alive: UAC;hop-hop=yes");
  }

  @Test
  void settingInAMessageWithoutOneAddsIt() throws Exception {
    SIPMessage message = Messages.register();
    MsKeepAliveHeaders.set(message, MsKeepAliveHeaderFactory.answer(300));

    assertThat(linesIn(message)).containsExactly("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300");
  }

  @Test
  @Requirement("HDR-4")
  void aReceivedReservedMechanismOrMalformedHeaderIsNotSetForSending() throws Exception {
    SIPMessage message = Messages.register();
    for (String value : new String[] {"UAC;tcp=yes", "bogus"}) {
      MsKeepAliveHeader received =
          MsKeepAliveHeaders.in(Messages.register("Ms-Keep-Alive: " + value)).get(0);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> MsKeepAliveHeaders.set(message, received));
    }
    assertThat(linesIn(message)).isEmpty();
  }

  @Test
  void removingLeavesNone() throws Exception {
    SIPMessage message = Messages.register("ms-keep-alive: UAC, UAC", "Ms-Keep-Alive: bogus");
    MsKeepAliveHeaders.removeAll(message);

    assertThat(MsKeepAliveHeaders.in(message)).isEmpty();
    assertThat(linesIn(message)).isEmpty();
    MsKeepAliveHeaders.removeAll(message);
  }

  @Test
  void headersThatTheApplicationAddedAsTextAreSeen() throws Exception {
    for (boolean textFirst : new boolean[] {true, false}) {
      SIPMessage message = Messages.register();
      ExtensionHeaderImpl text = new ExtensionHeaderImpl("ms-keep-alive");
      text.setValue("UAC;tcp=no, bogus");
      message.addHeader(textFirst ? text : (Header) MsKeepAliveHeaderFactory.offer());
      message.addHeader(textFirst ? (Header) MsKeepAliveHeaderFactory.offer() : text);

      assertThat(MsKeepAliveHeaders.in(message))
          .hasSize(3)
          .contains(MsKeepAliveHeaderFactory.offer());
      assertThat(linesIn(message)).hasSize(2);
    }
  }

  @Test
  void aListEmptiedThroughItsIteratorIsNotSent() throws Exception {
    SIPMessage message = Messages.register("Ms-Keep-Alive: UAC;hop-hop=yes");
    Iterator<?> headers = message.getHeaders("Ms-Keep-Alive");
    headers.next();
    headers.remove();

    assertThat(message.getHeader("Ms-Keep-Alive")).isNull();
    assertThat(linesIn(message)).isEmpty();
  }

  @Test
  @Requirement("HDR-9")
  void aListIsClonedDeepAndSerialised() throws Exception {
    MsKeepAliveList list =
        (MsKeepAliveList) new MsKeepAliveParser("Ms-Keep-Alive: UAC;x=\"a\", bogus").parse();

    for (MsKeepAliveList copy :
        new MsKeepAliveList[] {list.clone(), Messages.throughSerialisation(list)}) {
      assertThat(copy).isEqualTo(list).hasSameHashCodeAs(list);
      assertThat(copy.get(0)).isNotSameAs(list.get(0));
      assertThat(copy.encode()).isEqualTo(list.encode());
    }
  }

  @Test
  @Requirement("HDR-9")
  void aMessageIsSerialisedWithItsHeadersMalformedOnesIncluded() throws Exception {
    SIPMessage message =
        Messages.register("ms-keep-alive: uac ; hop-hop=yes", "Ms-Keep-Alive: \"bogus");

    SIPMessage copy = Messages.throughSerialisation(message);

    assertThat(MsKeepAliveHeaders.in(copy)).isEqualTo(MsKeepAliveHeaders.in(message));
    assertThat(linesIn(copy))
        .containsExactly("Ms-Keep-Alive: UAC;hop-hop=yes", "Ms-Keep-Alive: \"bogus");
  }

  @Test
  @Requirement("HDR-7")
  void theStacksFactoryMakesNoSingleHeaderOfTwoValues() {
    assertThatExceptionOfType(ParseException.class)
        .isThrownBy(() -> new HeaderFactoryImpl().createHeader("Ms-Keep-Alive", "UAC, UAS"));
  }

  private static String[] linesIn(SIPMessage message) {
    return Messages.wire(message)
        .lines()
        .filter(line -> line.regionMatches(true, 0, "ms-keep-alive", 0, 13))
        .toArray(String[]::new);
  }
}
