package net.conmgmt.sip.internal.discovery.dhcp;

import static net.conmgmt.sip.internal.discovery.dhcp.DhcpReplies.ack;
import static net.conmgmt.sip.internal.discovery.dhcp.DhcpReplies.nameHex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bytes of DHCP, as servers send them and as nobody should. In a thread that can be given up if
 * it loops.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DhcpMessagesTest {

  // "1.t" and "2.t": 01 31 01 74 00.
  private static final String ONE = "01 31 01 74 00";
  private static final String TWO = "01 32 01 74 00";

  @Requirement("DISC-4")
  @Test
  void theRequestAsksForOption120AsAClientThatHasItsAddress() throws Exception {
    Inet4Address address = (Inet4Address) InetAddress.getByName("192.0.2.7");
    byte[] message = DhcpMessages.inform(0x0A0B0C0D, address, DhcpReplies.MAC);
    assertThat(message).hasSize(300);
    assertThat(HexFormat.of().formatHex(message))
        .isEqualTo(
            "01010600"
                + "0a0b0c0d"
                + "00000000" // BOOTREQUEST, xid, secs and flags
                + "c0000207"
                + "000000000000000000000000" // ciaddr; yiaddr, siaddr, giaddr
                + "020000000001"
                + "00".repeat(10 + 64 + 128) // chaddr, sname, file
                + "63825363"
                + "350108" // DHCPINFORM
                + "3c0c"
                + "4d532d55432d436c69656e74" // MS-UC-Client
                + "3d0701020000000001"
                + "370178"
                + "ff" // client id, option 120
                + "00".repeat(300 - 240 - 3 - 14 - 9 - 3 - 1));
  }

  @Requirement("DISC-4")
  @ParameterizedTest
  @CsvSource({
    // Plain, as ISC dhcpd and Kea write it.
    "78 0B 00 01 31 01 74 00 01 32 01 74 00 FF, 1.t 2.t",
    // The second name points at byte 2 after the encoding, as dnsmasq writes it.
    "78 0A 00 01 31 01 74 00 01 32 C0 02 FF, 1.t 2.t",
    // A pointer to a pointer, and a name that is a pointer only: the first one again.
    "78 0E 00 01 31 01 74 00 01 32 C0 02 C0 05 C0 00 FF, 1.t 2.t",
    // Split in the middle of a label, other options and padding between.
    "78 03 00 01 31 00 03 04 C0 00 02 01 78 07 01 74 00 01 32 C0 02 FF, 1.t 2.t",
    // The same name in other letters counts once.
    "78 0B 00 01 61 01 74 00 01 41 01 54 00 FF, a.t",
    // Addresses, also those that are spelled as names.
    "78 09 01 C0 00 02 01 C0 00 02 02 FF, ''",
    "78 0A 00 01 31 01 32 01 33 01 34 00 FF, ''",
    "FF, ''",
    "FF 78, ''",
  })
  void namesAreReadInEveryForm(String options, String names) throws Exception {
    DhcpAnswer answer = DhcpMessages.parse(ack(options));
    assertThat(String.join(" ", answer.names())).isEqualTo(names);
    assertThat(answer.messageType()).isEqualTo(DhcpMessages.DHCPACK);
    assertThat(answer.transactionId()).isEqualTo(DhcpReplies.XID);
    assertThat(answer.hardwareAddress()).isEqualTo("02:00:00:00:00:01");
  }

  @Requirement("DISC-4")
  @ParameterizedTest
  @CsvSource({
    "78 09 01 C0 00 02 01 C0 00 02 FF FF, 192.0.2.1 192.0.2.255",
    "78 0A 00 01 31 01 32 01 33 01 34 00 FF, 1.2.3.4",
    "78 14 00 01 31 01 32 01 33 01 30 00 01 31 01 32 01 33 02 39 39 00 FF, 1.2.3.0 1.2.3.99",
    "78 0B 00 01 31 01 74 00 01 32 01 74 00 FF, ''",
    "FF, ''",
  })
  void addressesAreKeptApartFromNames(String options, String addresses) throws Exception {
    assertThat(String.join(" ", DhcpMessages.parse(ack(options)).addresses())).isEqualTo(addresses);
  }

  @Requirement("DISC-4")
  @Test
  void anOptionThatContinuesInFileAndThenInSnameIsJoined() throws Exception {
    byte[] message = ack("34 01 03 78 03 00 01 31 FF");
    put(message, 108, "78 04 01 74 00 01 FF");
    put(message, 44, "78 04 32 01 74 00 FF");
    assertThat(DhcpMessages.parse(message).names()).containsExactly("1.t", "2.t");
    message[245] = 1;
    put(message, 108, "78 03 01 74 00 FF 00");
    assertThat(DhcpMessages.parse(message).names()).containsExactly("1.t");
    message[245] = 2;
    put(message, 44, "78 03 01 74 00 FF 00");
    put(message, 108, "AA AA AA");
    assertThat(DhcpMessages.parse(message).names()).containsExactly("1.t");
  }

  @ParameterizedTest
  @CsvSource({
    "78 06 00 01 31 01 74 00, the options have no end",
    "78 07 00 01 31 01 74 00, option 120 is cut short",
    "78, option 120 is cut short",
    "78 00 FF, found 0 bytes",
    "78 01 00 FF, found 1 bytes",
    "78 02 02 00 FF, 'expected encoding 0 or 1, found 2'",
    "78 02 FF 00 FF, 'expected encoding 0 or 1, found 255'",
    "78 04 01 C0 00 02 FF, expected addresses of 4 bytes",
    "78 02 00 00 FF, found the root",
    "78 05 00 01 31 01 74 FF, a name is cut short",
    "78 04 00 05 31 32 FF, a name is cut short",
    "78 02 00 C0 FF, a name is cut short",
    "78 03 00 C0 00 FF, does not lead backwards",
    "78 05 00 01 31 C0 00 FF, does not lead backwards",
    "78 05 00 01 31 C0 02 FF, does not lead backwards",
    "78 05 00 01 31 C0 7F FF, does not lead backwards",
    "78 0A 00 01 31 01 74 00 01 32 C0 05 FF, does not lead backwards",
    "78 03 00 40 00 FF, expected a label of 63 bytes",
    "78 04 00 01 2E 00 FF, found byte 46",
    "78 04 00 01 00 00 FF, found byte 0",
    "78 04 00 01 C3 00 FF, found byte 195",
    "78 04 00 01 2F 00 FF, found byte 47",
    "78 04 00 01 3A 00 FF, found byte 58",
    "78 04 00 01 40 00 FF, found byte 64",
    "78 04 00 01 5B 00 FF, found byte 91",
    "78 04 00 01 60 00 FF, found byte 96",
    "78 04 00 01 7B 00 FF, found byte 123",
    "35 01 05 FF, 'option 53: expected one byte, found 2'",
    "34 01 00 FF, 'option 52: expected 1 to 3, found 0'",
    "34 01 04 FF, 'option 52: expected 1 to 3, found 4'",
    "34 02 01 01 FF, 'option 52: expected one byte, found 2'",
    "34 01 01 FF, the options have no end",
  })
  void whatIsMalformedIsRefusedWithAReason(String options, String reason) {
    assertThatThrownBy(() -> DhcpMessages.parse(ack(options)))
        .isInstanceOf(DhcpFormatException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aNameOf255BytesIsReadAndALongerOneRefused() throws Exception {
    String longest = ("a".repeat(63) + ".").repeat(3) + "b".repeat(61);
    assertThat(DhcpMessages.parse(split("00" + nameHex(longest))).names()).containsExactly(longest);
    assertThatThrownBy(() -> DhcpMessages.parse(split("00" + nameHex(longest + "b"))))
        .isInstanceOf(DhcpFormatException.class)
        .hasMessageContaining("more than 255 bytes");
  }

  @Test
  void aHostNameHasLettersDigitsHyphensAndUnderscores() throws Exception {
    String name = "azAZ-_09.t";
    assertThat(DhcpMessages.parse(split("00" + nameHex(name))).names()).containsExactly(name);
  }

  @Test
  void aPointerLeadsFurtherThan255Bytes() throws Exception {
    String longest = ("a".repeat(63) + ".").repeat(3) + "b".repeat(61);
    // To the "t" of the second name.
    String pointer = "0131" + String.format("%04x", 0xC000 + 255 + 2);
    assertThat(
            DhcpMessages.parse(split("00" + nameHex(longest) + nameHex("c.t") + pointer)).names())
        .containsExactly(longest, "c.t", "1.t");
  }

  @Test
  void theLongestMessageIsRead() throws Exception {
    byte[] longest = Arrays.copyOf(ack("78 0B 00 " + ONE + TWO + " FF"), 4_096);
    assertThat(DhcpMessages.parse(longest).names()).hasSize(2);
  }

  @Test
  void moreNamesThanAnybodyConfiguresAreRefused() throws Exception {
    StringBuilder value = new StringBuilder("00");
    for (int i = 0; i < SipServersOption.MAX_NAMES; i++) {
      value.append(nameHex("h" + i + ".t"));
    }
    assertThat(DhcpMessages.parse(split(value.toString())).names())
        .hasSize(SipServersOption.MAX_NAMES);
    assertThatThrownBy(() -> DhcpMessages.parse(split(value + nameHex("h.t"))))
        .isInstanceOf(DhcpFormatException.class)
        .hasMessageContaining("more than 64 names");
  }

  @ParameterizedTest
  @CsvSource({"0, op", "1, htype", "2, hlen", "236, magic cookie", "239, magic cookie"})
  void aHeaderOfSomethingElseIsRefused(int index, String field) {
    byte[] message = ack("FF");
    message[index]++;
    assertThatThrownBy(() -> DhcpMessages.parse(message))
        .isInstanceOf(DhcpFormatException.class)
        .hasMessageStartingWith(field + ": expected ");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 239, 4_097, 65_507})
  void aMessageOfImpossibleLengthIsRefused(int length) {
    assertThatThrownBy(() -> DhcpMessages.parse(Arrays.copyOf(ack("FF"), length)))
        .isInstanceOf(DhcpFormatException.class)
        .hasMessageEndingWith("found " + length);
  }

  @Test
  void everyShorterFormOfAGoodMessageIsRefused() {
    byte[] good = ack("78 0B 00 " + ONE + TWO + " FF");
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> DhcpMessages.parse(cut)).isInstanceOf(DhcpFormatException.class);
    }
  }

  @Requirement("DISC-4")
  @Test
  void randomMessagesAreReadOrRefusedButNeverBreakAnything() {
    Random random = new Random(120);
    byte[] seed = ack("78 0A 00 01 31 01 74 00 01 32 C0 02 34 01 03 FF" + "00".repeat(40));
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] message;
      if (i % 4 == 0) {
        message = new byte[random.nextInt(700)];
        random.nextBytes(message);
      } else if (i % 4 == 1) {
        // A good header and an option 120 of noise, rich in pointers.
        byte[] options = new byte[8 + random.nextInt(250)];
        for (int k = 0; k < options.length; k++) {
          options[k] = (byte) (random.nextInt(3) == 0 ? 0xC0 : random.nextInt(64));
        }
        ByteBuffer.wrap(options).put(new byte[] {53, 1, 5, 120, (byte) (options.length - 6), 0});
        options[options.length - 1] = (byte) 255;
        message = DhcpReplies.reply(DhcpReplies.XID, DhcpReplies.MAC, options);
      } else {
        message = Arrays.copyOf(seed, seed.length - random.nextInt(20));
        for (int k = random.nextInt(6); k >= 0; k--) {
          message[
                  random.nextInt(5) == 0
                      ? random.nextInt(message.length)
                      : 240 + random.nextInt(40)] =
              (byte) random.nextInt(256);
        }
      }
      try {
        assertThat(DhcpMessages.parse(message).names()).hasSizeLessThanOrEqualTo(64);
        read++;
      } catch (DhcpFormatException e) {
        assertThat(e).hasMessageMatching("[ -~]{10,120}");
      }
    }
    assertThat(read).isBetween(100, 19_900);
  }

  /** A DHCPACK with this value of option 120, in parts of at most 255 bytes. */
  private static byte[] split(String value) {
    StringBuilder options = new StringBuilder();
    for (int from = 0; from < value.length(); from += 510) {
      String part = value.substring(from, Math.min(value.length(), from + 510));
      options.append("78").append(String.format("%02x", part.length() / 2)).append(part);
    }
    return ack(options + "FF");
  }

  private static void put(byte[] message, int at, String hex) {
    ByteBuffer.wrap(message).position(at).put(DhcpReplies.hex(hex));
  }
}
