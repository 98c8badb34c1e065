package net.conmgmt.interop;

import static net.conmgmt.interop.ClusterPhones.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The phones of {@link PartitionInteropTest}, as a process, since it has to be in their network.
 * Its argument is the name of the router's network namespace.
 */
public final class PartitionPhones {

  static final String FIGURE = "FIGURE ";
  static final String DONE = "ALL AS EXPECTED";

  /** The numbers of the networks of Redis and of the phones; those of the proxies begin with 1. */
  static final int REDIS = 100;

  static final int PHONES = 200;

  private static final int BOUND_MILLIS = Integer.getInteger("partition.bound", 60_000);
  private static final int MESSAGES = 50;

  private final String router;
  private final ClusterPhones phones;
  private final List<Swarm.Phone> all = new ArrayList<>();

  private PartitionPhones(String router, ClusterPhones phones) {
    this.router = router;
    this.phones = phones;
  }

  /** Ends with status 0 when everything was as expected. */
  public static void main(String[] args) throws Exception {
    List<InetSocketAddress> proxies = new ArrayList<>();
    for (int i = 1; i <= PartitionInteropTest.PROXIES; i++) {
      proxies.add(new InetSocketAddress(PartitionInteropTest.address(i), 5060));
    }
    try (ClusterPhones phones = new ClusterPhones(proxies, PartitionInteropTest.USERS)) {
      new PartitionPhones(args[0], phones).run();
    }
    System.out.println(DONE);
  }

  private void run() throws Exception {
    // Ten at each proxy: of user 10 n to 10 n + 9 at proxy n.
    for (int proxy = 0; proxy < PartitionInteropTest.PROXIES; proxy++) {
      all.addAll(phones.registered(10 * proxy, 10, proxy));
    }
    phones.expectOneConnectionEach(all);
    ClusterPhones.Latency before = phones.latency(0, all.get(0), MESSAGES);
    oneProxyCutOff(before);
    twoPartitions(before);
  }

  private void oneProxyCutOff(ClusterPhones.Latency before) throws Exception {
    cut(1, REDIS);
    expectLocalService("One of five proxies cut off from Redis", before);
    all.add(phones.registered(50, 0));
    assertThat(phones.ask(0, all.get(50))).isEqualTo(200);
    long gone = phones.awaitStatus(1, all.get(2), 480);
    show(
        String.format(
            "One of five proxies cut off: the others no longer look there after %d ms more", gone));
    assertThat(phones.ask(2, all.get(32))).isEqualTo(200);
    // One goes from the proxy that is cut off to another, and one the other way.
    moves(all.get(1), 1);
    moves(all.get(11), 0);
    expectAgreement("One of five proxies cut off");
  }

  private void twoPartitions(ClusterPhones.Latency before) throws Exception {
    for (int proxy = 1; proxy <= 2; proxy++) {
      cut(proxy, REDIS);
      for (int other = 3; other <= PartitionInteropTest.PROXIES; other++) {
        cut(proxy, other);
      }
    }
    expectLocalService("Two partitions of two and three proxies", before);
    moves(all.get(3), 2);
    moves(all.get(33), 0);
    // Between two proxies that are both cut off from Redis, and back again over there.
    moves(all.get(4), 1);
    moves(all.get(43), 1);
    // Much longer than the proxies' clocks may differ.
    TimeUnit.MILLISECONDS.sleep(300);
    await(all.get(43).registerAt(phones.at(4)));
    expectAgreement("Two partitions of two and three proxies");
  }

  /** It has a connection at either proxy then, as the two cannot hear of each other. */
  private void moves(Swarm.Phone phone, int proxy) throws Exception {
    await(phone.registerAt(phones.at(proxy)));
    assertThat(phone.open()).hasSize(2);
  }

  private void expectLocalService(String what, ClusterPhones.Latency before) throws Exception {
    show(
        String.format(
            "%s: a local MESSAGE takes %s; before, %s",
            what, phones.latency(0, all.get(0), MESSAGES), before));
  }

  private void expectAgreement(String what) throws Exception {
    nft("delete", "table", "ip", "cut");
    long millis = phones.expectOneConnectionEach(all, PartitionInteropTest.PROXIES);
    show(
        String.format(
            "%s: one connection each, and all proxies agree, %d ms after it", what, millis));
    assertThat(millis).isLessThan(BOUND_MILLIS);
  }

  private static void show(String figure) {
    System.out.println(FIGURE + figure);
  }

  /** Nothing gets through between these two networks in either direction, and nobody is told. */
  private void cut(int one, int other) throws IOException {
    nft("add", "table", "ip", "cut");
    nft("add chain ip cut through { type filter hook forward priority filter; }");
    drop(one, other);
    drop(other, one);
  }

  private void drop(int from, int to) throws IOException {
    nft(
        String.format(
            "add rule ip cut through ip saddr %s ip daddr %s drop",
            PartitionInteropTest.address(from), PartitionInteropTest.address(to)));
  }

  private void nft(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", router, "nft"));
    command.addAll(List.of(words));
    ExternalProcess.run(command);
  }
}
