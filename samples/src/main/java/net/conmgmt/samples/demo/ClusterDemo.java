package net.conmgmt.samples.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.ua.SampleUa;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.xbill.DNS.Record;

/**
 * Three proxies behind one name that share their users through Redis: users move between them, and
 * one of the proxies is killed. Each step waits for what it claims. One thread.
 */
public final class ClusterDemo implements AutoCloseable {

  public static final int USERS = 20;
  public static final String PASSWORD = "several";

  private static final Logger LOG = LogManager.getLogger(ClusterDemo.class);
  private static final String DOMAIN = DemoScript.DOMAIN;
  private static final String LOOPBACK = "127.0.0.1";
  private static final int PROXIES = 3;
  private static final int MOVED = 6;
  private static final int LEASE_SECONDS = 4;
  private static final int SHORT_SECONDS = 10;
  private static final int LONG_SECONDS = 60;

  private final Timeline timeline;
  private final Path users;
  private final Supplier<StackBuilder> properties;
  private final Deque<Runnable> opened = new ArrayDeque<>();
  private final List<Integer> ports = new ArrayList<>();
  private final List<Child> proxies = new ArrayList<>();
  private final List<SampleUa> agents = new ArrayList<>();

  /**
   * Starts nothing yet.
   *
   * @param users the file of users {@code u1} and so on, with {@link #PASSWORD}
   * @param properties of a user agent, anew for each
   */
  public ClusterDemo(Timeline timeline, Path users, Supplier<StackBuilder> properties) {
    this.timeline = timeline;
    this.users = users;
    this.properties = properties;
  }

  public void play() throws Exception {
    timeline.step("a Redis server, " + PROXIES + " proxies and a DNS server for " + DOMAIN);
    startProxies();
    timeline.step(USERS + " users register through whichever proxy DNS gives them");
    register(startDns());
    timeline.step("everybody sends a MESSAGE to the next");
    exchange();
    timeline.step(MOVED + " users lose their connection and ask DNS for a proxy again");
    move();
    timeline.step("a proxy is killed");
    kill();
  }

  private void startProxies() throws Exception {
    RedisProcess redis = RedisProcess.start(StackBuilder.freePort(LOOPBACK));
    opened.push(redis::close);
    timeline.say("Redis at " + redis.uri());
    for (int i = 1; i <= PROXIES; i++) {
      int port = StackBuilder.freePort(LOOPBACK);
      List<String> arguments =
          List.of(
              "--domain",
              DOMAIN,
              "--tcp",
              String.valueOf(port),
              "--users",
              users.toString(),
              "--cluster",
              redis.uri(),
              "--set",
              "DIRECTORY_LEASE=" + LEASE_SECONDS);
      Child proxy = new Child(proxyName(i - 1), timeline, "proxy", arguments);
      opened.push(proxy::close);
      proxies.add(proxy);
      ports.add(port);
    }
    for (int i = 0; i < PROXIES; i++) {
      proxies.get(i).awaitPort(ports.get(i));
      timeline.say(
          proxyName(i) + " at " + LOOPBACK + ":" + ports.get(i) + ", a process of its own");
    }
  }

  private DnsServer startDns() throws IOException {
    List<Record> records = new ArrayList<>();
    for (int i = 0; i < PROXIES; i++) {
      String name = proxyName(i) + "." + DOMAIN;
      records.add(DnsServer.srv("_sipinternal._tcp." + DOMAIN, 0, ports.get(i), name));
      records.add(DnsServer.loopback(name));
    }
    DnsServer dns = new DnsServer(records.toArray(new Record[0]));
    opened.push(dns::close);
    return dns;
  }

  private void register(DnsServer dns) throws Exception {
    List<CompletableFuture<Void>> registered = new ArrayList<>();
    opened.push(() -> agents.parallelStream().forEach(SampleUa::close));
    for (int i = 0; i < USERS; i++) {
      StackBuilder own = properties.get();
      own.setIfGiven("net.conmgmt.sip.DNS_SERVERS", dns.property());
      SampleUa agent =
          new SampleUa(
              own,
              new SampleUa.Settings(aor(i), PASSWORD, LOOPBACK, List.of("TCP"), 600),
              timeline.logOf(user(i)),
              text -> LOG.debug("{}", text));
      agents.add(agent);
      registered.add(agent.register());
    }
    for (int i = 0; i < USERS; i++) {
      String failure = outcome(registered.get(i), LONG_SECONDS);
      Timeline.require(failure.isEmpty(), aor(i) + " to register", failure);
    }
    sayWhoIsWhere();
  }

  private void sayWhoIsWhere() {
    for (int i = 0; i < PROXIES; i++) {
      int proxy = i;
      timeline.say(
          proxyName(i)
              + " has "
              + IntStream.range(0, USERS).filter(user -> proxyOf(user) == proxy).count()
              + " users");
    }
  }

  private void exchange() throws Timeline.StepFailedException, InterruptedException {
    int across = 0;
    for (int i = 0; i < USERS; i++) {
      int next = (i + 1) % USERS;
      reach(i, next);
      across += proxyOf(i) == proxyOf(next) ? 0 : 1;
    }
    timeline.say("all " + USERS + " arrived, " + across + " of them by way of two proxies");
  }

  private void move() throws Timeline.StepFailedException, InterruptedException {
    int mark = timeline.mark();
    int elsewhere = 0;
    List<Integer> before = IntStream.range(0, MOVED).map(this::proxyOf).boxed().toList();
    for (int i = 0; i < MOVED; i++) {
      agents.get(i).reconnect();
    }
    for (int i = 0; i < MOVED; i++) {
      timeline.await(mark, user(i), "registered", LONG_SECONDS);
      elsewhere += proxyOf(i) == before.get(i) ? 0 : 1;
    }
    for (int i = 0; i < MOVED; i++) {
      reach(USERS - 1, i);
    }
    timeline.say(elsewhere + " are at another proxy now; each is reached where it is");
  }

  private void kill() throws Timeline.StepFailedException, InterruptedException {
    int victim = proxyOf(0);
    List<Integer> theirs =
        IntStream.range(0, USERS).filter(user -> proxyOf(user) == victim).boxed().toList();
    int mark = timeline.mark();
    long start = System.nanoTime();
    proxies.get(victim).kill();
    timeline.say(
        proxyName(victim)
            + ": process "
            + proxies.get(victim).pid()
            + " got SIGKILL, it had "
            + theirs.size()
            + " users");
    for (int user : theirs) {
      timeline.await(mark, user(user), "registered", LONG_SECONDS);
    }
    timeline.say(
        String.format(
            "they are registered at the others after %.1f s", (System.nanoTime() - start) / 1e9));
    int caller =
        IntStream.range(0, USERS).filter(user -> !theirs.contains(user)).findFirst().orElse(0);
    for (int i = 0; i < USERS; i++) {
      reach(caller, i);
    }
    timeline.say(
        String.format(
            "all %d users have received a MESSAGE after %.1f s",
            USERS, (System.nanoTime() - start) / 1e9));
    sayWhoIsWhere();
  }

  private void reach(int from, int to) throws Timeline.StepFailedException, InterruptedException {
    int mark = timeline.mark();
    String failure = outcome(agents.get(from).message(aor(to), "hello"), SHORT_SECONDS);
    Timeline.require(failure.isEmpty(), "a MESSAGE to " + aor(to) + " to be accepted", failure);
    timeline.await(mark, user(to), "message.received", SHORT_SECONDS);
  }

  /** Why it failed, or nothing. */
  private static String outcome(CompletableFuture<Void> future, int seconds)
      throws InterruptedException {
    try {
      future.get(seconds, TimeUnit.SECONDS);
      return "";
    } catch (ExecutionException e) {
      return Failures.explanation(e.getCause());
    } catch (TimeoutException e) {
      return "no answer within " + seconds + " s";
    }
  }

  /** The proxy to which a user was connected last. */
  private int proxyOf(int user) {
    List<Timeline.Event> connections = timeline.find(0, user(user), "connection.established");
    String remote = connections.get(connections.size() - 1).detail("remote");
    return ports.indexOf(Integer.valueOf(remote.substring(remote.lastIndexOf(':') + 1)));
  }

  private static String proxyName(int index) {
    return "proxy-" + (index + 1);
  }

  private static String user(int index) {
    return "u" + (index + 1);
  }

  private static String aor(int index) {
    return "sip:" + user(index) + "@" + DOMAIN;
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
  }
}
