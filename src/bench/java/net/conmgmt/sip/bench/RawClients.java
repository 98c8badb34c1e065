package net.conmgmt.sip.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Clients in a JVM of their own that know bytes only, all in one thread. Commands:
 *
 * <ul>
 *   <li>{@code turns port port connections window burst millis count}: loads two servers in turn,
 *       {@code count} times each, each time in the opposite order. Each connection registers again
 *       and again for that time, with {@code window} requests outstanding at most; whenever {@code
 *       burst} of them are answered, so many are sent. Answers with the responses per second of
 *       each turn, first server and second server alternately.
 *   <li>{@code open port connections block}: opens connections from the addresses of a block and
 *       registers once on each; answers with how many keep-alives were negotiated.
 *   <li>{@code ping periodMillis seconds}: pings on every open connection, spread evenly; answers
 *       with the 99th percentile of the milliseconds from the instant at which a ping was due to
 *       its answer.
 *   <li>{@code close}: closes them all; answers with their number.
 * </ul>
 */
public final class RawClients {

  private static final int PER_ADDRESS = 4_000;
  private static final byte[] PING = {'\r', '\n', '\r', '\n'};

  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final List<RawClient> clients = new ArrayList<>();

  /** Those of another JVM have other numbers: the RI ignores what it takes for a repetition. */
  private int users = (int) (ProcessHandle.current().pid() % 100) * 100_000;

  private long responses;

  /** What a turn is. */
  private record Load(int window, int burst, int millis) {}

  private RawClients() throws IOException {}

  public static void main(String[] args) throws Exception {
    RawClients clients = new RawClients();
    ChildMain.obey(
        words -> {
          int[] n = Arrays.stream(words).skip(1).mapToInt(Integer::parseInt).toArray();
          return switch (words[0]) {
            case "turns" -> clients.turns(n[0], n[1], n[2], new Load(n[3], n[4], n[5]), n[6]);
            case "open" -> new double[] {clients.open(n[0], n[1], n[2])};
            case "ping" -> new double[] {clients.ping(n[0], n[1])};
            case "close" -> new double[] {clients.close()};
            default -> throw new IllegalArgumentException("Unknown command " + words[0]);
          };
        });
  }

  private RawClient connect(int port, String from) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.configureBlocking(false);
    RawClient client = new RawClient(channel, users++);
    channel.register(selector, SelectionKey.OP_READ, client);
    clients.add(client);
    return client;
  }

  /** Reads what is there, at most for that time. */
  private void select(long nanos) throws IOException {
    if (nanos < TimeUnit.MILLISECONDS.toNanos(1)) {
      selector.selectNow(this::read);
    } else {
      selector.select(this::read, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
  }

  private void read(SelectionKey key) {
    try {
      buffer.clear();
      RawClient client = (RawClient) key.attachment();
      responses += client.read(buffer);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private double[] turns(int one, int other, int connections, Load load, int count)
      throws IOException {
    List<List<RawClient>> groups =
        List.of(registered(one, connections), registered(other, connections));
    double[] rates = new double[2 * count];
    for (int turn = 0; turn < rates.length; turn++) {
      int pair = turn / 2;
      int which = (turn + pair) % 2;
      rates[2 * pair + which] = rate(groups.get(which), load);
    }
    close();
    return rates;
  }

  private List<RawClient> registered(int port, int connections) throws IOException {
    int before = clients.size();
    for (int i = 0; i < connections; i++) {
      RawClient client = connect(port, "127.0.0.1");
      // Negotiates, once a connection, as clients do.
      client.registerFirst(buffer);
      while (client.outstanding() > 0) {
        selector.select(this::read);
      }
    }
    return List.copyOf(clients.subList(before, clients.size()));
  }

  private double rate(List<RawClient> group, Load load) throws IOException {
    long before = responses;
    long start = System.nanoTime();
    for (RawClient client : group) {
      client.keepRegistering(load.burst());
      client.register(load.window(), buffer);
    }
    long end = start + TimeUnit.MILLISECONDS.toNanos(load.millis());
    long now = start;
    while (now - end < 0) {
      select(end - now + TimeUnit.MILLISECONDS.toNanos(1));
      now = System.nanoTime();
    }
    // What is left unanswered would burden the turn of the other server.
    for (RawClient client : group) {
      client.keepRegistering(0);
    }
    for (RawClient client : group) {
      while (client.outstanding() > 0) {
        selector.select(this::read);
      }
    }
    return (responses - before) / ((System.nanoTime() - start) / 1e9);
  }

  private int open(int port, int connections, int block) throws IOException {
    responses = 0;
    int first = clients.size();
    for (int i = 0; i < connections; i++) {
      connect(port, "127.0." + block + "." + (1 + i / PER_ADDRESS)).registerFirst(buffer);
      select(0);
    }
    while (responses < connections) {
      selector.select(this::read);
    }
    return (int) clients.stream().skip(first).filter(RawClient::negotiated).count();
  }

  private double ping(int periodMillis, int seconds) throws IOException {
    long start = System.nanoTime();
    long step = TimeUnit.MILLISECONDS.toNanos(periodMillis) / clients.size();
    long most = TimeUnit.SECONDS.toNanos(seconds) / step;
    ByteBuffer ping = ByteBuffer.allocateDirect(PING.length).put(PING);

    clients.forEach(client -> client.lateMillis().clear());
    for (long i = 0; i < most; i++) {
      long due = start + i * step;
      long wait = due - System.nanoTime();
      while (wait > 0) {
        select(wait);
        wait = due - System.nanoTime();
      }
      clients.get((int) (i % clients.size())).ping(ping.rewind(), due);
    }
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (System.nanoTime() - patience < 0) {
      select(TimeUnit.MILLISECONDS.toNanos(100));
    }
    double[] late =
        clients.stream()
            .flatMap(client -> client.lateMillis().stream())
            .mapToDouble(m -> m)
            .sorted()
            .toArray();
    if (late.length < most) {
      throw new IOException("Of " + most + " pings " + late.length + " were answered");
    }
    return late[late.length * 99 / 100];
  }

  private int close() throws IOException {
    int count = clients.size();
    for (RawClient client : clients) {
      client.close();
    }
    clients.clear();
    selector.selectNow();
    return count;
  }
}
