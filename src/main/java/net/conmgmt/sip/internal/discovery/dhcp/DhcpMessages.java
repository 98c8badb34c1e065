package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Encodes and decodes the two DHCP messages of SIP server discovery: the DHCPINFORM that a client
 * sends (RFC 2131 section 4.4.3) and the answer to it. Pure functions.
 */
final class DhcpMessages {

  /** Option 53: a server's answer to DHCPINFORM. */
  static final int DHCPACK = 5;

  /** The longest message that is read. */
  static final int MAX_BYTES = 4_096;

  /** The least that old servers and relays take: a BOOTP message with its 64 bytes of options. */
  static final int LEAST_BYTES = 300;

  static final int HARDWARE_ADDRESS_BYTES = 6;

  private static final String VENDOR_CLASS = "MS-UC-Client";

  private static final int BOOTREQUEST = 1;
  private static final int BOOTREPLY = 2;
  private static final int ETHERNET = 1;
  private static final int DHCPINFORM = 8;
  private static final int MAGIC_COOKIE = 0x63825363;

  private static final int XID_AT = 4;
  private static final int CIADDR_AT = 12;
  private static final int CHADDR_AT = 28;
  private static final int SNAME_AT = 44;
  private static final int FILE_AT = 108;
  private static final int COOKIE_AT = 236;
  private static final int OPTIONS_AT = 240;

  private static final int PAD = 0;
  private static final int OVERLOAD = 52;
  private static final int MESSAGE_TYPE = 53;
  private static final int PARAMETERS = 55;
  private static final int VENDOR_CLASS_ID = 60;
  private static final int CLIENT_ID = 61;
  private static final int SIP_SERVERS = 120;
  private static final int END = 255;

  private DhcpMessages() {}

  /** Asks for option 120 as a client that has its address already. */
  static byte[] inform(int transactionId, Inet4Address address, byte[] hardwareAddress) {
    ByteBuffer message = ByteBuffer.allocate(LEAST_BYTES);
    message.put((byte) BOOTREQUEST).put((byte) ETHERNET).put((byte) HARDWARE_ADDRESS_BYTES);
    message.position(XID_AT).putInt(transactionId);
    message.position(CIADDR_AT).put(address.getAddress());
    message.position(CHADDR_AT).put(hardwareAddress, 0, HARDWARE_ADDRESS_BYTES);
    message.position(COOKIE_AT).putInt(MAGIC_COOKIE);
    message.put((byte) MESSAGE_TYPE).put((byte) 1).put((byte) DHCPINFORM);
    byte[] vendorClass = VENDOR_CLASS.getBytes(StandardCharsets.US_ASCII);
    message.put((byte) VENDOR_CLASS_ID).put((byte) vendorClass.length).put(vendorClass);
    message.put((byte) CLIENT_ID).put((byte) (1 + HARDWARE_ADDRESS_BYTES)).put((byte) ETHERNET);
    message.put(hardwareAddress, 0, HARDWARE_ADDRESS_BYTES);
    message.put((byte) PARAMETERS).put((byte) 1).put((byte) SIP_SERVERS);
    message.put((byte) END);
    return message.array();
  }

  /**
   * Reads what a server sent.
   *
   * @throws DhcpFormatException when it is no well-formed answer to an Ethernet client
   */
  static DhcpAnswer parse(byte[] message) throws DhcpFormatException {
    if (message.length < OPTIONS_AT || message.length > MAX_BYTES) {
      throw new DhcpFormatException(
          "expected " + OPTIONS_AT + " to " + MAX_BYTES + " bytes, found " + message.length);
    }
    expect("op", BOOTREPLY, message[0]);
    expect("htype", ETHERNET, message[1]);
    expect("hlen", HARDWARE_ADDRESS_BYTES, message[2]);
    ByteBuffer header = ByteBuffer.wrap(message);
    expect("magic cookie", MAGIC_COOKIE, header.getInt(COOKIE_AT));
    Map<Integer, ByteArrayOutputStream> options = options(message);
    ByteArrayOutputStream value = options.get(SIP_SERVERS);
    SipServersOption servers =
        value == null ? SipServersOption.NONE : SipServersOption.read(value.toByteArray());
    return new DhcpAnswer(
        number(options, MESSAGE_TYPE),
        header.getInt(XID_AT),
        chaddr(message),
        servers.names(),
        servers.addresses());
  }

  /** Whether a message that may be malformed has these of the request that it answers. */
  static boolean isTo(int transactionId, String hardwareAddress, byte[] message) {
    return message.length >= OPTIONS_AT
        && ByteBuffer.wrap(message).getInt(XID_AT) == transactionId
        && chaddr(message).equals(hardwareAddress);
  }

  private static String chaddr(byte[] message) {
    return text(Arrays.copyOfRange(message, CHADDR_AT, CHADDR_AT + HARDWARE_ADDRESS_BYTES));
  }

  /** A hardware address as people write it. */
  static String text(byte[] hardwareAddress) {
    return HexFormat.ofDelimiter(":").formatHex(hardwareAddress);
  }

  /** The options by number; the parts of one that was split are joined (RFC 3396). */
  private static Map<Integer, ByteArrayOutputStream> options(byte[] message)
      throws DhcpFormatException {
    Map<Integer, ByteArrayOutputStream> options = new HashMap<>();
    collect(message, OPTIONS_AT, message.length, options);
    if (options.containsKey(OVERLOAD)) {
      int fields = number(options, OVERLOAD);
      if (fields < 1 || fields > 3) {
        throw new DhcpFormatException("option 52: expected 1 to 3, found " + fields);
      }
      // The order in which RFC 3396 joins the parts: file before sname.
      if ((fields & 1) != 0) {
        collect(message, FILE_AT, COOKIE_AT, options);
      }
      if ((fields & 2) != 0) {
        collect(message, SNAME_AT, FILE_AT, options);
      }
    }
    return options;
  }

  private static void collect(
      byte[] message, int from, int to, Map<Integer, ByteArrayOutputStream> options)
      throws DhcpFormatException {
    int at = from;
    while (at < to) {
      int code = message[at++] & 0xFF;
      if (code == END) {
        return;
      }
      if (code == PAD) {
        continue;
      }
      int length = at < to ? message[at++] & 0xFF : Integer.MAX_VALUE;
      if (length > to - at) {
        throw new DhcpFormatException("option " + code + " is cut short");
      }
      options.computeIfAbsent(code, c -> new ByteArrayOutputStream()).write(message, at, length);
      at += length;
    }
    throw new DhcpFormatException("the options have no end (option 255)");
  }

  private static int number(Map<Integer, ByteArrayOutputStream> options, int code)
      throws DhcpFormatException {
    ByteArrayOutputStream value = options.get(code);
    if (value == null || value.size() != 1) {
      throw new DhcpFormatException(
          "option "
              + code
              + ": expected one byte, found "
              + (value == null ? "none" : value.size()));
    }
    return value.toByteArray()[0] & 0xFF;
  }

  private static void expect(String field, int expected, int found) throws DhcpFormatException {
    if (found != expected) {
      throw new DhcpFormatException(field + ": expected " + expected + ", found " + found);
    }
  }
}
