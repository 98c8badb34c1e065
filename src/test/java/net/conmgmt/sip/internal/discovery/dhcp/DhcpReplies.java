package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Builds the answers of DHCP servers byte by byte, malformed ones too. */
final class DhcpReplies {

  static final int XID = 0x01020304;
  static final byte[] MAC = HexFormat.of().parseHex("020000000001");

  private DhcpReplies() {}

  /** A DHCPACK whose options are given in hexadecimal, blanks allowed. */
  static byte[] ack(String options) {
    return reply(XID, MAC, hex("35 01 05 " + options));
  }

  /** A DHCPACK with these names in option 120, not compressed. */
  static byte[] ackOf(int xid, byte[] mac, String... names) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    for (String name : names) {
      value.writeBytes(name(name));
    }
    byte[] start = {53, 1, 5, 120, (byte) (1 + value.size()), 0};
    ByteBuffer options = ByteBuffer.allocate(start.length + value.size() + 1);
    options.put(start).put(value.toByteArray()).put((byte) 255);
    return reply(xid, mac, options.array());
  }

  static byte[] reply(int xid, byte[] mac, byte[] options) {
    ByteBuffer message = ByteBuffer.allocate(240 + options.length);
    message.put((byte) 2).put((byte) 1).put((byte) 6).put((byte) 0).putInt(xid);
    message.position(28).put(mac);
    message.position(236).putInt(0x63825363).put(options);
    return message.array();
  }

  /** A name as RFC 1035 writes it. */
  static byte[] name(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String label : name.split("\\.", -1)) {
      bytes.write(label.length());
      bytes.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    bytes.write(0);
    return bytes.toByteArray();
  }

  /** The same in hexadecimal. */
  static String nameHex(String name) {
    return HexFormat.of().formatHex(name(name));
  }

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }
}
