package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** One connection of {@link MessageClients}, a caller's or a callee's. Not thread-safe. */
final class MessageClient {

  /** Stands for the answer to a registration among the numbers of messages. */
  static final int REGISTERED = -1;

  private static final String END_OF_HEADER = "\r\n\r\n";
  private static final String LENGTH = "\r\nContent-Length:";
  private static final String CALL_ID = "\r\nCall-ID: message-";

  /** What a response has of its request. */
  private static final Pattern KEPT =
      Pattern.compile("(?i)(via|from|to|call-id|cseq|record-route):.*");

  private final SocketChannel channel;
  private final int pair;
  private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
  private final StringBuilder unread = new StringBuilder();

  MessageClient(SocketChannel channel, int pair) {
    this.channel = channel;
    this.pair = pair;
  }

  void register() throws IOException {
    write(new String(RegisterText.of(pair, true), ISO_8859_1));
  }

  /** Sends a message to the user that the other of the pair has registered. */
  void sendMessage(int number) throws IOException {
    write(
        """
        MESSAGE sip:user%2$d@contoso.test SIP/2.0
        Via: SIP/2.0/TCP 127.0.0.1:5998;branch=z9hG4bK%3$d-%1$d-%2$d
        From: <sip:caller%2$d@contoso.test>;tag=c%2$d
        To: <sip:user%2$d@contoso.test>
        Call-ID: message-%1$d@%3$d
        CSeq: 1 MESSAGE
        Max-Forwards: 70
        Content-Type: text/plain
        Content-Length: 5

        hello"""
            .formatted(number, pair, System.nanoTime())
            .replace("\n", "\r\n"));
  }

  private void write(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads what is there and answers its requests; gives the numbers of messages now answered. */
  List<Integer> read() throws IOException {
    if (channel.read(in.clear()) < 0) {
      throw new EOFException("The server closed a connection");
    }
    unread.append(new String(in.array(), 0, in.position(), ISO_8859_1));
    List<Integer> answered = new ArrayList<>();
    int end = unread.indexOf(END_OF_HEADER);
    while (end >= 0) {
      int whole = end + END_OF_HEADER.length() + lengthOfBody(end);
      if (unread.length() < whole) {
        break;
      }
      String message = unread.substring(0, end + 2);
      unread.delete(0, whole);
      if (message.startsWith("MESSAGE ")) {
        write(ok(message));
      } else {
        answered.add(numberOf(message));
      }
      end = unread.indexOf(END_OF_HEADER);
    }
    return answered;
  }

  private int lengthOfBody(int endOfHeader) throws IOException {
    int start = unread.indexOf(LENGTH);
    if (start < 0 || start > endOfHeader) {
      throw new IOException("Expected a Content-Length, found " + unread);
    }
    start += LENGTH.length();
    return Integer.parseInt(unread.substring(start, unread.indexOf("\r\n", start)).trim());
  }

  private static int numberOf(String response) throws IOException {
    if (!response.startsWith("SIP/2.0 200 ")) {
      throw new IOException("Expected a response 200, found " + response);
    }
    int start = response.indexOf(CALL_ID);
    return start < 0
        ? REGISTERED
        : Integer.parseInt(
            response.substring(start + CALL_ID.length(), response.indexOf('@', start)));
  }

  private static String ok(String request) {
    String kept =
        request
            .lines()
            .filter(line -> KEPT.matcher(line).matches())
            .map(line -> line.regionMatches(true, 0, "to:", 0, 3) ? line + ";tag=callee" : line)
            .collect(Collectors.joining("\r\n"));
    return "SIP/2.0 200 OK\r\n" + kept + "\r\nContent-Length: 0\r\n\r\n";
  }
}
