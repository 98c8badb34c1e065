package net.conmgmt.sip.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes in their order, of which any number can be taken. */
final class Bytes {

  private byte[] buffer = new byte[256];
  private int first;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void add(byte[] more) {
    if (first + size + more.length > buffer.length) {
      byte[] target =
          size + more.length > buffer.length
              ? new byte[Math.max(2 * buffer.length, size + more.length)]
              : buffer;
      System.arraycopy(buffer, first, target, 0, size);
      buffer = target;
      first = 0;
    }
    System.arraycopy(more, 0, buffer, first + size, more.length);
    size += more.length;
  }

  void add(ByteBuffer source, int count) {
    byte[] copy = new byte[count];
    source.get(copy);
    add(copy);
  }

  byte[] take(int count) {
    byte[] taken = Arrays.copyOfRange(buffer, first, first + count);
    first += count;
    size -= count;
    return taken;
  }

  void clear() {
    size = 0;
    first = 0;
  }
}
