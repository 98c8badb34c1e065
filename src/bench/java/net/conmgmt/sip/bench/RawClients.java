package net.conmgmt.sip.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLEngine;
import net.conmgmt.sip.testing.ManyTlsClients;
import org.jspecify.annotations.Nullable;

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
 *   <li>{@code pingAtOnce}: pings on every open connection as fast as they can be written; answers
 *       with the number of pings that have no answer.
 *   <li>{@code close}: closes them all; answers with their number.
 *   <li>{@code storm port count seconds}: so many clients that connect over TLS at once, each with
 *       a full handshake and one registration, and leave when all is over, at the latest after that
 *       time; answers with the number of those that were answered, and the milliseconds until then.
 *   <li>{@code tls trustStore version}: all that connect later do so over TLS of that version;
 *       answers with 1.
 *   <li>{@code exchange count}: registers so many times on each open connection, one after the
 *       other; answers with the number of responses.
 *   <li>{@code probe port millis}: registers on one connection every 10 ms, or as soon as the
 *       answer before has come, and closes it; answers with the 99th percentile of the milliseconds
 *       from when a request was due, so that a long wait counts for all that it delays.
 *   <li>{@code handshakes port count resume}: so many connections, one after the other, each with a
 *       handshake, one registration and an end; {@code resume} is 1 for sessions that are resumed,
 *       0 for full handshakes. Answers with the number of those that were answered.
 * </ul>
 */
public final class RawClients {

  private static final int PER_ADDRESS = 4_000;

  /** Stock transports let 50 wait to be accepted; who comes then waits for a second or more. */
  private static final int OPENED_AHEAD = 16;

  private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final int PATIENCE_SECONDS = 20;
  private static final ScheduledExecutorService PATIENCE =
      Executors.newSingleThreadScheduledExecutor();

  private static final byte[] PING = {'\r', '\n', '\r', '\n'};

  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final List<RawClient> clients = new ArrayList<>();

  /** Those of another JVM have other numbers: the RI ignores what it takes for a repetition. */
  private int users = (int) (ProcessHandle.current().pid() % 100) * 100_000;

  private long responses;

  // Null for TCP.
  private @Nullable ClientTls tls;

  /** What a turn is. */
  private record Load(int window, int burst, int millis) {}

  private RawClients() throws IOException {}

  public static void main(String[] args) throws Exception {
    RawClients clients = new RawClients();
    ChildMain.obey(
        words -> {
          if (words[0].equals("tls")) {
            clients.tls = new ClientTls(Path.of(words[1]), words[2]);
            return new double[] {1};
          }
          int[] n = Arrays.stream(words).skip(1).mapToInt(Integer::parseInt).toArray();
          return switch (words[0]) {
            case "turns" -> clients.turns(n[0], n[1], n[2], new Load(n[3], n[4], n[5]), n[6]);
            case "open" -> new double[] {clients.open(n[0], n[1], n[2])};
            case "ping" -> new double[] {clients.ping(n[0], n[1])};
            case "pingAtOnce" -> new double[] {clients.pingAtOnce()};
            case "exchange" -> new double[] {clients.exchange(n[0])};
            case "probe" -> new double[] {clients.probe(n[0], n[1])};
            case "handshakes" -> new double[] {clients.handshakes(n[0], n[1], n[2] == 1)};
            case "storm" -> clients.storm(n[0], n[1], n[2]);
            case "close" -> new double[] {clients.close()};
            default -> throw new IllegalArgumentException("Unknown command " + words[0]);
          };
        });
  }

  /** The JDK resumes a session with a peer that it knows by name and port. */
  private ByteChannel secured(SocketChannel channel, @Nullable String resumes) throws IOException {
    if (tls == null) {
      return channel;
    }
    SSLEngine engine = tls.engine(resumes);
    ScheduledFuture<?> patience =
        PATIENCE.schedule(() -> closeQuietly(channel), PATIENCE_SECONDS, TimeUnit.SECONDS);
    try {
      return TlsChannel.over(channel, engine);
    } finally {
      patience.cancel(false);
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RawClient connect(int port, String from) throws IOException {
    return connect(port, from, null);
  }

  private RawClient connect(int port, String from, @Nullable String resumes) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    ByteChannel bytes = secured(channel, resumes);
    channel.configureBlocking(false);
    RawClient client = new RawClient(bytes, users++);
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
      await(client);
    }
    return List.copyOf(clients.subList(before, clients.size()));
  }

  /** Until it has all its responses. */
  private void await(RawClient client) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (client.outstanding() > 0) {
      long rest = end - System.nanoTime();
      if (rest <= 0) {
        throw new IOException(
            client.outstanding() + " requests have no answer after " + PATIENCE_SECONDS + " s");
      }
      select(Math.max(rest, TimeUnit.MILLISECONDS.toNanos(1)));
    }
  }

  private int exchange(int count) throws IOException {
    int before = (int) responses;
    for (int i = 0; i < count; i++) {
      for (RawClient client : clients) {
        client.register(1, buffer);
        await(client);
      }
    }
    return (int) responses - before;
  }

  private double probe(int port, int millis) throws IOException {
    RawClient client = connect(port, "127.0.0.1");
    client.registerFirst(buffer);
    await(client);
    List<Double> all = new ArrayList<>();
    long start = System.nanoTime();
    for (long after = 0; after < TimeUnit.MILLISECONDS.toNanos(millis); after += PROBE_NANOS) {
      long due = start + after;
      LockSupport.parkNanos(due - System.nanoTime());
      client.register(1, buffer);
      await(client);
      all.add((System.nanoTime() - due) / 1e6);
    }
    close();
    return all.stream().sorted().skip(all.size() * 99L / 100).findFirst().orElseThrow();
  }

  private int handshakes(int port, int count, boolean resume) throws IOException {
    int before = (int) responses;
    for (int i = 0; i < count; i++) {
      RawClient client = connect(port, "127.0.0.1", resume ? "server-" + port : null);
      client.registerFirst(buffer);
      client.acknowledgeAtOnce();
      await(client);
      // The first has nothing to resume.
      if (i > 0 && client.isResumed() != resume) {
        throw new IOException(
            "Expected a " + (resume ? "resumed" : "full") + " handshake, found the other kind");
      }
      close();
    }
    return (int) responses - before;
  }

  private double[] storm(int port, int count, int seconds) throws IOException {
    long start = System.nanoTime();
    try (ManyTlsClients many = new ManyTlsClients()) {
      Objects.requireNonNull(tls).storm(many, port, count, users);
      users += count;
      int served = many.awaitOutcomes(Duration.ofSeconds(seconds));
      return new double[] {served, (System.nanoTime() - start) / 1e6};
    }
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
      await(client);
    }
    return (responses - before) / ((System.nanoTime() - start) / 1e9);
  }

  private int open(int port, int connections, int block) throws IOException {
    responses = 0;
    int first = clients.size();
    for (int i = 0; i < connections; i++) {
      connect(port, "127.0." + block + "." + (1 + i / PER_ADDRESS)).registerFirst(buffer);
      select(0);
      if (i >= OPENED_AHEAD) {
        await(clients.get(first + i - OPENED_AHEAD));
      }
    }
    for (RawClient client : clients.subList(first, clients.size())) {
      await(client);
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
    awaitPings(most);
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

  private int pingAtOnce() throws IOException {
    ByteBuffer ping = ByteBuffer.allocateDirect(PING.length).put(PING);
    for (RawClient client : clients) {
      client.lateMillis().clear();
      if (!client.isEnded()) {
        client.ping(ping.rewind(), System.nanoTime());
      }
    }
    awaitPings(clients.size());
    return clients.size() - (int) answeredPings();
  }

  private long answeredPings() {
    return clients.stream().mapToInt(client -> client.lateMillis().size()).sum();
  }

  /** Not for ever. */
  private void awaitPings(long count) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    long ended = 0;
    while (answeredPings() < count - ended && end - System.nanoTime() > 0) {
      select(TimeUnit.MILLISECONDS.toNanos(100));
      ended = clients.stream().filter(RawClient::isEnded).count();
    }
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
