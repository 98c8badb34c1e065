package net.conmgmt.sip.internal.discovery.dhcp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The value of option 120 (RFC 3361): one byte of encoding, then names or addresses. Immutable.
 *
 * @param names the distinct host names, in the order of the option, without final dot
 * @param addresses the addresses, also those that are spelled as names
 */
record SipServersOption(List<String> names, List<String> addresses) {

  /** The option is not there. */
  static final SipServersOption NONE = new SipServersOption(List.of(), List.of());

  /** More than anybody configures; bounds the work that one message can cause. */
  static final int MAX_NAMES = 64;

  private static final int ENCODING_NAMES = 0;
  private static final int ENCODING_ADDRESSES = 1;

  SipServersOption {
    names = List.copyOf(names);
    addresses = List.copyOf(addresses);
  }

  /**
   * Reads the value.
   *
   * @throws DhcpFormatException when it breaks RFC 3361 or RFC 1035
   */
  static SipServersOption read(byte[] value) throws DhcpFormatException {
    if (value.length < 2) {
      throw new DhcpFormatException(
          "option 120: expected an encoding and a value, found " + value.length + " bytes");
    }
    return switch (value[0]) {
      case ENCODING_NAMES -> ofNames(value);
      case ENCODING_ADDRESSES -> ofAddresses(value);
      default ->
          throw new DhcpFormatException(
              "option 120: expected encoding 0 or 1, found " + (value[0] & 0xFF));
    };
  }

  private static SipServersOption ofAddresses(byte[] value) throws DhcpFormatException {
    if ((value.length - 1) % 4 != 0) {
      throw new DhcpFormatException(
          "option 120: expected addresses of 4 bytes, found " + (value.length - 1) + " bytes");
    }
    List<String> addresses = new ArrayList<>();
    for (int at = 1; at < value.length && addresses.size() < MAX_NAMES; at += 4) {
      StringJoiner address = new StringJoiner(".");
      for (int i = at; i < at + 4; i++) {
        address.add(String.valueOf(value[i] & 0xFF));
      }
      addresses.add(address.toString());
    }
    return new SipServersOption(List.of(), addresses);
  }

  private static SipServersOption ofNames(byte[] value) throws DhcpFormatException {
    NameReader reader = new NameReader(value, 1);
    Map<String, String> names = new LinkedHashMap<>();
    List<String> addresses = new ArrayList<>();
    for (int count = 1; reader.hasMore(); count++) {
      if (count > MAX_NAMES) {
        throw new DhcpFormatException("option 120: more than " + MAX_NAMES + " names");
      }
      List<String> labels = reader.next();
      String name = String.join(".", labels);
      // Who spells an address as a name means an address.
      if (isNumber(labels.get(labels.size() - 1))) {
        addresses.add(name);
      } else {
        names.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
      }
    }
    return new SipServersOption(List.copyOf(names.values()), addresses);
  }

  private static boolean isNumber(String label) {
    return label.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
