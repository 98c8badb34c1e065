package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The phones of a cluster, and for each proxy one that asks there whether the others can be
 * reached. One thread.
 */
final class ClusterPhones implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(ClusterPhones.class);

  /** Longer than anything takes on a loaded machine; only failures wait for it. */
  static final long PATIENCE_SECONDS = 60;

  private static final int AT_ONCE = 64;

  private final List<InetSocketAddress> proxies;
  private final Swarm swarm = new Swarm();
  private final List<Swarm.Connection> asking = new ArrayList<>();
  final Random random = new Random(1);

  /**
   * Registers those that ask, as the users that follow {@code phones}.
   *
   * @param phones how many users there are for others
   */
  ClusterPhones(List<InetSocketAddress> proxies, int phones) throws Exception {
    this.proxies = List.copyOf(proxies);
    for (int node = 0; node < proxies.size(); node++) {
      asking.add(await(phone(phones + node).registerAt(at(node))));
    }
  }

  static <T> T await(CompletableFuture<T> answer) throws Exception {
    return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Where that proxy listens. */
  InetSocketAddress at(int node) {
    return proxies.get(node);
  }

  static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  Swarm.Phone phone(int user) {
    return swarm.phone("u" + user);
  }

  /** A phone that is registered at a proxy. */
  Swarm.Phone registered(int user, int node) throws Exception {
    Swarm.Phone phone = phone(user);
    await(phone.registerAt(at(node)));
    return phone;
  }

  /**
   * Phones of consecutive users, registered.
   *
   * @param node where, or -1 for one at random
   */
  List<Swarm.Phone> registered(int first, int count, int node) throws Exception {
    List<Swarm.Phone> phones = new ArrayList<>();
    for (int begin = 0; begin < count; begin += AT_ONCE) {
      List<CompletableFuture<Swarm.Connection>> some = new ArrayList<>();
      for (int i = begin; i < Math.min(count, begin + AT_ONCE); i++) {
        Swarm.Phone phone = phone(first + i);
        phones.add(phone);
        some.add(phone.registerAt(at(node < 0 ? anyNode() : node)));
      }
      for (CompletableFuture<Swarm.Connection> each : some) {
        await(each);
      }
    }
    return phones;
  }

  int anyNode() {
    return random.nextInt(proxies.size());
  }

  /** What a message that is sent at that proxy is answered. */
  int ask(int node, Swarm.Phone phone) throws Exception {
    return await(send(node, phone.user, "are you there?"));
  }

  CompletableFuture<Integer> send(int node, String user, String text) {
    return asking.get(node).message(user, text);
  }

  /** Waits until a message to that phone is answered so; gives the milliseconds. */
  long awaitStatus(int node, Swarm.Phone phone, int status) throws Exception {
    long begin = System.nanoTime();
    while (millisSince(begin) < TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS)) {
      try {
        // What goes to a proxy that sleeps is answered when that proxy is awake.
        if (send(node, phone.user, "are you there?").get(1, TimeUnit.SECONDS) == status) {
          return millisSince(begin);
        }
      } catch (TimeoutException e) {
        LOG.debug("No answer from {} yet", phone.user, e);
      }
    }
    throw new AssertionError(
        "Expected "
            + status
            + " to a message to "
            + phone.user
            + " within "
            + PATIENCE_SECONDS
            + " s");
  }

  /** Each phone has one connection, the last one, and is found there from every proxy. */
  void expectOneConnectionEach(List<Swarm.Phone> phones) throws Exception {
    expectOneConnectionEach(phones, proxies.size());
  }

  /**
   * The same from the first proxies.
   *
   * @return how many milliseconds it takes until that is so
   */
  long expectOneConnectionEach(List<Swarm.Phone> phones, int nodes) throws Exception {
    long begin = System.nanoTime();
    for (Swarm.Phone phone : phones) {
      for (Swarm.Connection older : phone.all()) {
        if (older != phone.last()) {
          try {
            await(older.closed);
          } catch (TimeoutException e) {
            throw new AssertionError(
                "Expected the older connection of " + phone.user + " to be closed", e);
          }
        }
      }
    }
    for (int node = 0; node < nodes; node++) {
      reach(node, phones);
    }
    long millis = millisSince(begin);
    for (Swarm.Phone phone : phones) {
      assertThat(phone.open()).as(phone.user).containsExactly(phone.last());
    }
    return millis;
  }

  /** They are found on their last connections from the first proxies. */
  void expectFound(List<Swarm.Phone> phones, int nodes) throws Exception {
    for (int node = 0; node < nodes; node++) {
      reach(node, phones);
    }
  }

  /** A success is sent without waiting for the directory, which hears of it right after. */
  private void reach(int node, List<Swarm.Phone> phones) throws Exception {
    List<Swarm.Phone> left = phones;
    long asked = 0;
    while (!left.isEmpty()) {
      List<Swarm.Phone> missed = new ArrayList<>();
      for (int first = 0; first < left.size(); first += AT_ONCE) {
        missed.addAll(missed(node, left.subList(first, Math.min(left.size(), first + AT_ONCE))));
      }
      left = missed;
      // The first time, very many are asked.
      asked = asked == 0 ? System.nanoTime() : asked;
      assertThat(left.isEmpty() ? 0 : millisSince(asked))
          .as("%s not found by proxy %d", left.stream().map(phone -> phone.user).toList(), node)
          .isLessThan(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }
  }

  private List<Swarm.Phone> missed(int node, List<Swarm.Phone> phones) throws Exception {
    List<String> texts = new ArrayList<>();
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (Swarm.Phone phone : phones) {
      texts.add("to " + phone.user + " " + random.nextLong());
      answers.add(send(node, phone.user, texts.get(texts.size() - 1)));
    }
    List<Swarm.Phone> missed = new ArrayList<>();
    for (int i = 0; i < phones.size(); i++) {
      if (await(answers.get(i)) != 200) {
        missed.add(phones.get(i));
      } else {
        assertThat(phones.get(i).last().texts()).as(phones.get(i).user).contains(texts.get(i));
      }
    }
    return missed;
  }

  /** How long messages at one proxy to a client of the same proxy take, in microseconds. */
  record Latency(long median, long longest) {
    static Latency of(List<Long> micros) {
      List<Long> sorted = micros.stream().sorted().toList();
      return new Latency(sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
    }

    @Override
    public String toString() {
      return median + " us in the median, " + longest + " us at most";
    }
  }

  /** Sends one message after the other, all of which must arrive. */
  Latency latency(int node, Swarm.Phone phone, int count) throws Exception {
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long begin = System.nanoTime();
      assertThat(ask(node, phone)).isEqualTo(200);
      micros.add(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin));
    }
    return Latency.of(micros);
  }

  /** Registers a phone elsewhere and says which move it was when that fails. */
  static Swarm.Connection moved(Swarm.Phone phone, CompletableFuture<Swarm.Connection> registration)
      throws Exception {
    try {
      return await(registration);
    } catch (ExecutionException e) {
      throw new AssertionError("A move of " + phone.user, e);
    }
  }

  @Override
  public void close() {
    swarm.close();
  }
}
