package net.conmgmt.sip.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Pairs of clients of a proxy in a JVM of their own, all in one thread: one of a pair has
 * registered, the other sends it MESSAGE requests through the proxy and takes its 200. Commands:
 *
 * <ul>
 *   <li>{@code open port pairs}: connects them and registers; answers with the number of pairs.
 *   <li>{@code busy millis}: each pair has one message under way for that time, the next as soon as
 *       the former is answered; answers with the number of messages, and with the 99th percentile
 *       of the milliseconds until the answer.
 *   <li>{@code paced perSecond millis}: so many messages a second of all pairs in turn; answers in
 *       the same way, but the milliseconds are from when a message was due.
 * </ul>
 */
public final class MessageClients {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final int MOST_MESSAGES = 1_000_000;

  private final Selector selector = Selector.open();
  private final List<MessageClient> callers = new ArrayList<>();
  private final List<MessageClient> callees = new ArrayList<>();
  private final long[] dueNanos = new long[MOST_MESSAGES];
  private final double[] millis = new double[MOST_MESSAGES];
  private int sent;
  private int answered;
  private int registered;
  private boolean keepsSending;

  private MessageClients() throws IOException {}

  public static void main(String[] args) throws Exception {
    MessageClients clients = new MessageClients();
    ChildMain.obey(
        words -> {
          int[] n = Arrays.stream(words).skip(1).mapToInt(Integer::parseInt).toArray();
          return switch (words[0]) {
            case "open" -> new double[] {clients.open(n[0], n[1])};
            case "busy" -> clients.busy(n[0]);
            case "paced" -> clients.paced(n[0], n[1]);
            default -> throw new IllegalArgumentException("Unknown command " + words[0]);
          };
        });
  }

  private int open(int port, int pairs) throws IOException {
    for (int i = 0; i < pairs; i++) {
      callees.add(connect(port, i));
      callees.get(i).register();
      callers.add(connect(port, i));
    }
    awaitThat(() -> registered == pairs, "registrations");
    return registered;
  }

  private MessageClient connect(int port, int pair) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.configureBlocking(false);
    MessageClient client = new MessageClient(channel, pair);
    channel.register(selector, SelectionKey.OP_READ, client);
    return client;
  }

  private interface Condition {
    boolean holds();
  }

  private void awaitThat(Condition condition, String what) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.holds()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "Expected all " + what + " to be answered, found " + answered + " of " + sent);
      }
      select(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private void select(long nanos) throws IOException {
    if (nanos < TimeUnit.MILLISECONDS.toNanos(1)) {
      selector.selectNow(this::handle);
    } else {
      selector.select(this::handle, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
  }

  private void handle(SelectionKey key) {
    try {
      MessageClient client = (MessageClient) key.attachment();
      for (int number : client.read()) {
        if (number == MessageClient.REGISTERED) {
          registered++;
        } else {
          millis[number] = (System.nanoTime() - dueNanos[number]) / 1e6;
          answered++;
          if (keepsSending) {
            send(client, System.nanoTime());
          }
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void send(MessageClient caller, long due) throws IOException {
    dueNanos[sent] = due;
    caller.sendMessage(sent++);
  }

  private double[] busy(int time) throws IOException {
    sent = 0;
    answered = 0;
    keepsSending = true;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(time);
    for (MessageClient caller : callers) {
      send(caller, System.nanoTime());
    }
    while (System.nanoTime() - end < 0) {
      select(TimeUnit.MILLISECONDS.toNanos(10));
    }
    keepsSending = false;
    return outcome();
  }

  private double[] paced(int perSecond, int time) throws IOException {
    sent = 0;
    answered = 0;
    long start = System.nanoTime();
    int count = (int) ((long) perSecond * time / 1_000);
    for (int i = 0; i < count; i++) {
      long due = start + TimeUnit.SECONDS.toNanos(i) / perSecond;
      long wait = due - System.nanoTime();
      while (wait > 0) {
        select(wait);
        wait = due - System.nanoTime();
      }
      send(callers.get(i % callers.size()), due);
    }
    return outcome();
  }

  private double[] outcome() throws IOException {
    awaitThat(() -> answered == sent, "messages");
    double[] sorted = Arrays.stream(millis, 0, answered).sorted().toArray();
    return new double[] {answered, sorted[sorted.length * 99 / 100]};
  }
}
