package net.conmgmt.sip.discovery.dhcp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The value of option 120 (RFC 3361): one byte of encoding, then names or addresses. */
final class SipServersOption {

  /** More than anybody configures; bounds the work that one message can cause. */
  static final int MAX_NAMES = 64;

  private static final int ENCODING_NAMES = 0;
  private static final int ENCODING_ADDRESSES = 1;
  private static final int MAX_NAME_BYTES = 255;

  private final byte[] value;
  // The place after the present name, in the value.
  private int next;

  private SipServersOption(byte[] value) {
    this.value = value;
  }

  /**
   * The distinct host names, in the order of the option, without final dot. Addresses are ignored
   * (MS-CONMGMT 3.1.5), also one that is spelled as a name.
   *
   * @throws DhcpFormatException when the value breaks RFC 3361 or RFC 1035
   */
  static List<String> names(byte[] value) throws DhcpFormatException {
    if (value.length < 2) {
      throw new DhcpFormatException(
          "option 120: expected an encoding and a value, found " + value.length + " bytes");
    }
    if (value[0] == ENCODING_ADDRESSES) {
      if ((value.length - 1) % 4 != 0) {
        throw new DhcpFormatException(
            "option 120: expected addresses of 4 bytes, found " + (value.length - 1) + " bytes");
      }
      return List.of();
    }
    if (value[0] != ENCODING_NAMES) {
      throw new DhcpFormatException(
          "option 120: expected encoding 0 or 1, found " + (value[0] & 0xFF));
    }
    return new SipServersOption(value).read();
  }

  private List<String> read() throws DhcpFormatException {
    Map<String, String> names = new LinkedHashMap<>();
    int count = 0;
    next = 1;
    while (next < value.length) {
      if (++count > MAX_NAMES) {
        throw new DhcpFormatException("option 120: more than " + MAX_NAMES + " names");
      }
      List<String> labels = name(next);
      if (!isNumber(labels.get(labels.size() - 1))) {
        String name = String.join(".", labels);
        names.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
      }
    }
    return List.copyOf(names.values());
  }

  /** Reads the name at {@code start} and sets {@link #next} behind it. */
  private List<String> name(int start) throws DhcpFormatException {
    List<String> labels = new ArrayList<>();
    int at = start;
    // Where the present run of labels began. A pointer has to lead before it, so this only falls
    // and no chain of pointers is endless.
    int run = start;
    int bytes = 1;
    boolean jumped = false;
    while (true) {
      int length = byteAt(at);
      if (length >= 0xC0) {
        // Servers count from the first name, not from the encoding byte before it.
        int target = 1 + ((length & 0x3F) << 8 | byteAt(at + 1));
        if (target >= run) {
          throw new DhcpFormatException(
              "option 120: the compression pointer at byte " + at + " does not lead backwards");
        }
        if (!jumped) {
          next = at + 2;
          jumped = true;
        }
        run = target;
        at = target;
      } else if (length > 63) {
        throw new DhcpFormatException("option 120: expected a label of 63 bytes, found " + length);
      } else if (length == 0) {
        if (!jumped) {
          next = at + 1;
        }
        if (labels.isEmpty()) {
          throw new DhcpFormatException("option 120: expected a host name, found the root");
        }
        return labels;
      } else {
        bytes += 1 + length;
        if (bytes > MAX_NAME_BYTES) {
          throw new DhcpFormatException("option 120: a name of more than 255 bytes");
        }
        labels.add(label(at + 1, length));
        at += 1 + length;
      }
    }
  }

  private String label(int from, int length) throws DhcpFormatException {
    StringBuilder label = new StringBuilder(length);
    for (int i = from; i < from + length; i++) {
      int c = byteAt(i);
      if (!isHostCharacter(c)) {
        throw new DhcpFormatException(
            "option 120: expected letters, digits, - and _ in a host name, found byte " + c);
      }
      label.append((char) c);
    }
    return label.toString();
  }

  private int byteAt(int index) throws DhcpFormatException {
    if (index >= value.length) {
      throw new DhcpFormatException("option 120: a name is cut short");
    }
    return value[index] & 0xFF;
  }

  private static boolean isHostCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  private static boolean isNumber(String label) {
    return label.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
