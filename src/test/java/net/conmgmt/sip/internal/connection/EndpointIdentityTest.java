package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.nio.charset.StandardCharsets;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.testing.Requirement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EndpointIdentityTest {

  private static @Nullable Endpoint of(String method, String from, String to, String contact) {
    return EndpointIdentity.of(request(method, from, to, contact));
  }

  private static SIPRequest request(String method, String from, String to, String contact) {
    String text =
        method
            + " sip:contoso.com SIP/2.0\r\n"
            + "Via: SIP/2.0/TCP 127.0.0.1:12345;branch=z9hG4bK1\r\n"
            + "Max-Forwards: 70\r\n"
            + ("From: " + from + "\r\n")
            + ("To: " + to + "\r\n")
            + "Call-ID: 1@127.0.0.1\r\n"
            + ("CSeq: 1 " + method + "\r\n")
            + (contact.isEmpty() ? "" : "Contact: " + contact + "\r\n")
            + "Content-Length: 0\r\n\r\n";
    try {
      return (SIPRequest)
          new StringMsgParser()
              .parseSIPMessage(text.getBytes(StandardCharsets.UTF_8), true, false, null);
    } catch (java.text.ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  @Test
  @Requirement("OBP-4")
  void theDeviceIsTheEpidOfFrom() {
    assertThat(
            of(
                "REGISTER",
                "<sip:alice@contoso.com>;tag=cf6792e59e;epid=99ad5894fe",
                "<sip:alice@contoso.com>",
                "<sip:127.0.0.1:49729>;+sip.instance=\"<urn:uuid:6A4F>\""))
        .isEqualTo(new Endpoint("sip:alice@contoso.com", "99ad5894fe"));
  }

  @Test
  @Requirement("OBP-4")
  void withoutEpidTheDeviceIsTheSipInstanceOfContactInAnyCaseAndWithOrWithoutBrackets() {
    for (String instance : new String[] {"<urn:uuid:6A4F8F80>", "urn:uuid:6a4f8f80"}) {
      assertThat(
              of(
                  "REGISTER",
                  "<sip:alice@contoso.com>;tag=1",
                  "<sip:alice@contoso.com>",
                  "<sip:127.0.0.1:49729>;proxy=replace;+sip.instance=\"" + instance + "\""))
          .isEqualTo(new Endpoint("sip:alice@contoso.com", "urn:uuid:6a4f8f80"));
    }
  }

  @Test
  @Requirement("OBP-4")
  void aClientThatNamesNoDeviceIsToldApartByItsContact() {
    String contact = "<sip:a@127.0.0.1:4000;transport=tcp;line=x>";
    for (String contacts :
        new String[] {
          contact,
          contact + ";expires=0",
          "<sip:127.0.0.1:1>;expires=0," + contact,
          contact + ",<sip:127.0.0.1:2>"
        }) {
      assertThat(of("REGISTER", "<sip:a@b.c>;tag=1", "<sip:a@b.c>", contacts))
          .isEqualTo(new Endpoint("sip:a@b.c", "sip:a@127.0.0.1:4000;transport=tcp;line=x"));
    }
    assertThat(of("REGISTER", "<sip:a@b.c>;tag=1", "<sip:a@b.c>", "*"))
        .isEqualTo(new Endpoint("sip:a@b.c", ""));
    assertThat(of("REGISTER", "<sip:a@b.c>;tag=1;epid", "<sip:a@b.c>", ""))
        .isEqualTo(new Endpoint("sip:a@b.c", ""));
  }

  @Test
  @Requirement("OBP-4")
  void theAddressOfRecordOfARegisterIsToAndOfOtherRequestsFrom() {
    String alice = "<sip:alice@contoso.com>;tag=1";
    String bob = "<sip:bob@contoso.com>";
    assertThat(of("REGISTER", alice, bob, "")).isEqualTo(new Endpoint("sip:bob@contoso.com", ""));
    assertThat(of("MESSAGE", alice, bob, "")).isEqualTo(new Endpoint("sip:alice@contoso.com", ""));
  }

  @Test
  @Requirement("OBP-4")
  void hostCasePortParametersAndTlsDoNotMakeAnotherUserButUserAndOtherSchemesDo() {
    assertThat(of("REGISTER", "<sip:x@y>;tag=1", "\"A\" <SIP:Alice@CONTOSO.com:5060;user=ip>", ""))
        .isEqualTo(new Endpoint("sip:Alice@contoso.com", ""));
    assertThat(of("REGISTER", "<sip:x@y>;tag=1", "<sips:alice@contoso.com>", ""))
        .isEqualTo(new Endpoint("sip:alice@contoso.com", ""));
    assertThat(of("REGISTER", "<sip:x@y>;tag=1", "<sip:contoso.com>", ""))
        .isEqualTo(new Endpoint("sip:contoso.com", ""));
    assertThat(of("REGISTER", "<sip:x@y>;tag=1", "<tel:+49-123;phone-context=x>", ""))
        .isEqualTo(new Endpoint("tel:+49-123", ""));
  }

  @Test
  @Requirement("OBP-4")
  void anEscapedUserIsTheSameUserAndWhatMustBeEscapedStaysSo() {
    for (String user : new String[] {"alice", "%61lice", "%61%6c%69%63%65"}) {
      assertThat(of("REGISTER", "<sip:x@y>;tag=1", "<sip:" + user + "@contoso.com>", ""))
          .isEqualTo(new Endpoint("sip:alice@contoso.com", ""));
    }
    assertThat(of("REGISTER", "<sip:x@y>;tag=1", "<sip:a%3ab%40%C3%a9@contoso.com>", ""))
        .isEqualTo(new Endpoint("sip:a%3Ab%40%C3%A9@contoso.com", ""));
    assertThat(of("REGISTER", "<sip:x@y>;tag=1", "<sip:alice@contoso.com.>", ""))
        .isEqualTo(new Endpoint("sip:alice@contoso.com", ""));
  }

  @Test
  void aRequestOfAKnownEndpointGivesTheSameObject() {
    for (String instance : new String[] {"epid=e1", "x=1"}) {
      SIPRequest request =
          request(
              "REGISTER",
              "<sip:x@y>;tag=1;" + instance,
              "\"A\" <sip:Alice@contoso.com:5060;user=ip>",
              "<sip:127.0.0.1>;+sip.instance=\"<urn:uuid:6A4F>\"");
      Endpoint known = EndpointIdentity.of(request);
      assertThat(EndpointIdentity.of(request, known, 0)).isNotNull().isSameAs(known);
    }
  }

  /** Each URI is like the known one, and all give what they give without it. */
  @Test
  @Requirement("OBP-4")
  void aKnownEndpointDoesNotChangeWhoSentARequest() {
    String[] users = {
      "sip:alice@contoso.com",
      "sips:alice@contoso.com",
      "sip:Alice@contoso.com",
      "sip:%61lice@contoso.com",
      "sip:alic%65@contoso.com",
      "sip:alice@contoso.com.",
      "sip:alice@contoso.com..",
      "sip:alice@contoso.con",
      "sip:alice@xontoso.com",
      "sip:alice@x.contoso.com",
      "sip:alice.contoso.com",
      "xyz:alice@contoso.com",
      "sip:bob@contoso.com",
      "sip:alice:secret@contoso.com",
      "sip:alice%40contoso.com",
      "sip:alice%2540contoso.com",
      "sip:contoso.com",
      "sip:%661@contoso.com",
      "sip:%%3661@contoso.com",
      "tel:+49-123",
      "SIP:alice@CONTOSO.com:5061;transport=tls",
    };
    String[] devices = {"e1", "e2", "E1", ""};
    for (String knownUser : users) {
      Endpoint known = of("REGISTER", "<sip:x@y>;tag=1;epid=e1", "<" + knownUser + ">", "");
      for (String user : users) {
        for (String device : devices) {
          SIPRequest request =
              request("REGISTER", "<sip:x@y>;tag=1;epid=" + device, "<" + user + ">", "");
          assertThat(EndpointIdentity.of(request, known, 0))
              .as("%s with %s after %s", user, device, known)
              .isEqualTo(EndpointIdentity.of(request));
        }
      }
    }
  }
}
