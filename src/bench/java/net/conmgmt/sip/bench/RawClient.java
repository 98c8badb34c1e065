package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;

/** One connection of {@link RawClients}. Responses have no bodies here. Not thread-safe. */
final class RawClient {

  private static final int STATUS_AT = 8;
  private static final byte[] ANSWER = "UAS;".getBytes(US_ASCII);

  private final ByteChannel channel;
  private final int user;
  private final String transport;
  private byte[] request;
  private int requests;
  private int responses;
  // Responses since the last request.
  private int waiting;
  private int burst;
  private boolean negotiated;
  private boolean ended;
  private int answerMatched;
  // Bytes of the present response, and how many of the last were CR, LF, CR, LF in turn.
  private int position;
  private int endMatched;
  private long dueNanos;
  private final List<Double> lateMillis = new ArrayList<>(4);

  RawClient(ByteChannel channel, int user) {
    this.channel = channel;
    this.user = user;
    transport = channel instanceof TlsChannel ? "TLS" : "TCP";
    request = RegisterText.of(user, true, transport);
  }

  boolean isResumed() {
    return channel instanceof TlsChannel tls && tls.isResumed();
  }

  /** What comes next over TLS. */
  void acknowledgeAtOnce() throws IOException {
    if (channel instanceof TlsChannel tls) {
      tls.acknowledgeAtOnce();
    }
  }

  /** From now on has so many requests sent as soon as so many are answered; 0 for none. */
  void keepRegistering(int atOnce) {
    burst = atOnce;
    waiting = 0;
  }

  boolean negotiated() {
    return negotiated;
  }

  /** How many requests have no response yet. */
  int outstanding() throws IOException {
    if (ended) {
      throw new EOFException("The server closed a connection");
    }
    return requests - responses;
  }

  /** Whether the server has closed it. */
  boolean isEnded() {
    return ended;
  }

  List<Double> lateMillis() {
    return lateMillis;
  }

  /** Registers for the first time: with an offer, as no later request has one. */
  void registerFirst(ByteBuffer buffer) throws IOException {
    register(1, buffer);
    request = RegisterText.of(user, false, transport);
  }

  /** Registers so many times at once. */
  void register(int count, ByteBuffer buffer) throws IOException {
    buffer.clear();
    for (int i = 0; i < count; i++) {
      RegisterText.put(request, requests++, buffer);
    }
    write(buffer.flip());
  }

  void ping(ByteBuffer ping, long due) throws IOException {
    dueNanos = due;
    write(ping);
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads what is there; gives how many responses that completed. */
  int read(ByteBuffer buffer) throws IOException {
    if (channel.read(buffer) < 0) {
      ended = true;
      close();
      return 0;
    }
    buffer.flip();
    int before = responses;
    while (buffer.hasRemaining()) {
      byte b = buffer.get();
      if (position == 0 && (b == '\r' || b == '\n')) {
        if (b == '\n') {
          lateMillis.add((System.nanoTime() - dueNanos) / 1e6);
        }
        continue;
      }
      if (position == STATUS_AT && b != '2') {
        throw new IOException("Expected a response 200, found status " + (char) b + "..");
      }
      position++;
      answerMatched = b == ANSWER[answerMatched] ? answerMatched + 1 : 0;
      if (answerMatched == ANSWER.length) {
        negotiated = true;
        answerMatched = 0;
      }
      boolean wanted = b == (endMatched % 2 == 0 ? '\r' : '\n');
      endMatched = wanted ? endMatched + 1 : b == '\r' ? 1 : 0;
      if (endMatched == 4) {
        responses++;
        position = 0;
        endMatched = 0;
      }
    }
    int completed = responses - before;
    waiting += completed;
    if (burst > 0 && waiting >= burst) {
      int due = waiting / burst * burst;
      waiting -= due;
      register(due, buffer);
    }
    return completed;
  }

  void close() throws IOException {
    channel.close();
  }
}
