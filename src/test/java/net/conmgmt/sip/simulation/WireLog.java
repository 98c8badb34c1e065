package net.conmgmt.sip.simulation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the process of one socket has written and read. What is not encrypted is looked at: each
 * write is one message, one keep-alive or one answer to a keep-alive, as a whole.
 */
final class WireLog {

  /** A message that was given to the socket. */
  record Sent(long id, long end) {}

  private static final byte[] ID = "\r\nX-Id: ".getBytes(StandardCharsets.US_ASCII);
  private static final int SEARCHED_BYTES = 2_000;

  private final List<Sent> messages = new ArrayList<>();
  private long offered;
  private long read;
  private boolean clear = true;

  /** The bytes are those of TLS. */
  void encrypted() {
    clear = false;
  }

  boolean isClear() {
    return clear;
  }

  void read(int count) {
    read += count;
  }

  /** How many bytes the process has taken from the socket. */
  long read() {
    return read;
  }

  List<Sent> messages() {
    return messages;
  }

  /** The process has written those bytes; gives what they are. */
  Kind wrote(ByteBuffer bytes) {
    int count = bytes.remaining();
    offered += count;
    if (!clear) {
      return Kind.RECORD;
    }
    int at = bytes.position();
    if (count == 4 && isCrlf(bytes, at) && isCrlf(bytes, at + 2)) {
      return Kind.KEEP_ALIVE;
    }
    if (count == 2 && isCrlf(bytes, at)) {
      return Kind.ANSWER;
    }
    long id = idIn(bytes);
    if (id < 0) {
      return Kind.SOMETHING_ELSE;
    }
    messages.add(new Sent(id, offered));
    return Kind.MESSAGE;
  }

  private static boolean isCrlf(ByteBuffer bytes, int at) {
    return bytes.get(at) == '\r' && bytes.get(at + 1) == '\n';
  }

  private static long idIn(ByteBuffer bytes) {
    int last = Math.min(bytes.limit() - ID.length, bytes.position() + SEARCHED_BYTES);
    for (int i = bytes.position(); i < last; i++) {
      int matched = 0;
      while (matched < ID.length && bytes.get(i + matched) == ID[matched]) {
        matched++;
      }
      if (matched == ID.length) {
        return number(bytes, i + matched);
      }
    }
    return -1;
  }

  private static long number(ByteBuffer bytes, int from) {
    long number = 0;
    for (int i = from; bytes.get(i) >= '0' && bytes.get(i) <= '9'; i++) {
      number = 10 * number + bytes.get(i) - '0';
    }
    return number;
  }

  /** What one write is. */
  enum Kind {
    MESSAGE,
    KEEP_ALIVE,
    ANSWER,
    RECORD,
    SOMETHING_ELSE
  }
}
