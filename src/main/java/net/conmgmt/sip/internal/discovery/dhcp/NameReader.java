package net.conmgmt.sip.internal.discovery.dhcp;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads a sequence of host names in DNS encoding (RFC 1035 sections 3.1 and 4.1.4), with and
 * without compression. Not thread-safe.
 */
final class NameReader {

  private static final int MAX_NAME_BYTES = 255;

  private final byte[] value;
  private final int origin;
  // The place after the present name.
  private int next;

  /**
   * Reads to the end of {@code value}.
   *
   * @param origin where the first name begins, from which pointers count
   */
  NameReader(byte[] value, int origin) {
    this.value = value;
    this.origin = origin;
    next = origin;
  }

  boolean hasMore() {
    return next < value.length;
  }

  /**
   * The labels of the next name.
   *
   * @throws DhcpFormatException when it breaks RFC 1035 or is no host name
   */
  List<String> next() throws DhcpFormatException {
    int start = next;
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
        int target = origin + ((length & 0x3F) << 8 | byteAt(at + 1));
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
}
