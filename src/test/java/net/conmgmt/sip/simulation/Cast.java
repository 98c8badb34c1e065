package net.conmgmt.sip.simulation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.discovery.SimulatedDiscovery;
import net.conmgmt.sip.testing.DnsZone;
import org.jspecify.annotations.Nullable;

/** Who takes part in a history, with which properties, and how the clients find the proxies. */
final class Cast {

  /** How the clients of a world find their proxy. */
  enum Finding {
    FIXED,
    TCP_RECORDS,
    TLS_RECORDS,
    ALL_RECORDS,
    /** The first one shows the certificate of another. */
    STRANGER,
    FALL_BACK
  }

  private static final String[] DIALECTS = {"ms", "ms", "ms,keep,outbound", "keep", "outbound"};

  private static final List<InetSocketAddress> DNS_SERVERS =
      List.of(new InetSocketAddress(address(2), 53), new InetSocketAddress(address(3), 53));

  private final Scenario scenario;
  private final Network network;
  private final Checks checks;
  private final Messages messages;
  private final Stacks stacks;
  private final Dice dice;
  private final Finding finding;
  private final DnsZone zone = new DnsZone();
  private final int timeoutSeconds;
  private final @Nullable SimulatedDirectory directory;
  private final List<Host> proxies = new ArrayList<>();
  private final List<Host> clients = new ArrayList<>();

  Cast(Scenario scenario, Network network, Checks checks, Messages messages, Stacks stacks) {
    this.scenario = scenario;
    this.network = network;
    this.checks = checks;
    this.messages = messages;
    this.stacks = stacks;
    dice = network.world.dice;
    // With a lock of the JDK's TLS engine no step may stand still.
    int kind = dice.below(Interleaving.isOn() ? 91 : 100);
    finding =
        kind < 45
            ? Finding.FIXED
            : kind < 85
                ? Finding.TCP_RECORDS
                : kind < 91
                    ? Finding.FALL_BACK
                    : kind < 95
                        ? Finding.TLS_RECORDS
                        : kind < 98 ? Finding.ALL_RECORDS : Finding.STRANGER;
    network.world.coverage.count("world: " + finding);
    boolean sharing = SimulatedDirectory.isIn(scenario);
    directory = sharing ? new SimulatedDirectory(network.world, scenario.seed()) : null;
    network.world.coverage.count(sharing ? "world: proxies share" : "world: proxies alone");
    timeoutSeconds = dice.of(new Integer[] {3, 20, 30, 60, 300});
    addProxies();
    addRecords();
    for (int i = 0; i < scenario.clients(); i++) {
      addClient(i);
    }
  }

  /** What the proxies share, or null. */
  @Nullable SimulatedDirectory directory() {
    return directory;
  }

  List<Host> proxies() {
    return proxies;
  }

  List<Host> clients() {
    return clients;
  }

  /** Whether every client finds a proxy as soon as nothing goes wrong any more. */
  boolean allCanRegister() {
    return finding != Finding.STRANGER;
  }

  private boolean speaksTls() {
    return switch (finding) {
      case TLS_RECORDS, ALL_RECORDS, STRANGER -> true;
      default -> false;
    };
  }

  private void addProxies() {
    int slowPercent = dice.of(new Integer[] {0, 0, 10, 50});
    for (int i = 0; i < scenario.proxies() + (directory == null ? 0 : 1); i++) {
      Host host =
          new Host(
              network,
              checks,
              new Network.Machine("proxy" + i, address(10 + i)),
              stacks.get("proxy" + i),
              () -> new ProxyProgram(messages, slowPercent),
              proxy -> null);
      String dialects = dice.of(DIALECTS);
      host.properties.putAll(
          Map.of(
              Key.ROLE, "proxy",
              Key.KEEP_ALIVE_DIALECTS, dialects,
              Key.KEEP_ALIVE_TIMEOUT, String.valueOf(timeoutSeconds),
              Key.KEEP_ALIVE_SPREAD, dice.chance(30) ? "20" : "0",
              Key.PONG, dice.chance(80) || !dialects.equals("ms") ? "on" : "off",
              Key.KEEP_ALIVE, dice.chance(90) ? "on" : "off",
              Key.REGISTRAR, dice.chance(80) ? "true" : "false",
              Key.IDLE_TIMEOUT, dice.chance(50) ? "932" : "120",
              Key.DIAL_CLIENTS, "off"));
      if (speaksTls()) {
        boolean stranger = finding == Finding.STRANGER && i == 0;
        host.properties.putAll(stacks.tls().shows(stranger ? "stranger" : "proxy" + i));
      }
      if (directory != null) {
        host.shares(directory);
      }
      proxies.add(host);
    }
  }

  private void addRecords() {
    for (int i = 0; i < proxies.size(); i++) {
      String name = "proxy" + i + "." + Ways.DOMAIN;
      zone.address(name, proxies.get(i).machine.address);
      if (speaksTls()) {
        String service = dice.chance(50) ? "_sipinternaltls._tcp." : "_sip._tls.";
        zone.srv(service + Ways.DOMAIN, dice.below(2), dice.below(3), 5061, name);
      }
      if (finding != Finding.TLS_RECORDS && finding != Finding.FALL_BACK) {
        String service = dice.chance(50) ? "_sipinternal._tcp." : "_sip._tcp.";
        zone.srv(service + Ways.DOMAIN, dice.below(2), dice.below(3), 5060, name);
      }
    }
    if (finding == Finding.FALL_BACK) {
      zone.address("sip." + Ways.DOMAIN, proxies.get(0).machine.address);
    }
  }

  private void addClient(int number) {
    Network.Machine machine = new Network.Machine("client" + number, address(100 + number));
    String dialects = dice.of(DIALECTS);
    if (dice.chance(40)) {
      // Not before a keep-alive in time has passed it, however slow the network: after two thirds
      // of the time-out with [MS-CONMGMT], after all of it with the others.
      double inTime = timeoutSeconds * (dialects.equals("ms") ? 0.75 : 1) + 2;
      machine.nat = new Network.Nat(dice.nanos(inTime, timeoutSeconds * 3 + 60), dice.chance(50));
    }
    // Two devices of one user may be among them.
    String user = "user" + dice.below(2);
    String device = "device" + number;
    double tickSeconds = dice.of(new Double[] {8.0, 20.0, 40.0});
    Host proxy = proxies.get(dice.below(proxies.size()));
    int dnsFaultPercent = dice.of(new Integer[] {0, 10, 50});
    boolean fixed = finding == Finding.FIXED;
    ClientProgram.Way way =
        !fixed
            ? Ways.discovered()
            : directory == null
                ? Ways.fixed(proxy.address("TCP"))
                : Ways.roaming(proxies, proxies.indexOf(proxy));
    Host host =
        new Host(
            network,
            checks,
            machine,
            stacks.get("client" + number),
            () -> new ClientProgram(messages, user, device, way, tickSeconds),
            client ->
                fixed
                    ? null
                    : SimulatedDiscovery.install(
                        client.scope(),
                        dice,
                        DNS_SERVERS,
                        new SimulatedDns(client, zone, dnsFaultPercent),
                        new SimulatedDhcp(
                            client, List.of("proxy0." + Ways.DOMAIN, "nobody." + Ways.DOMAIN))));
    host.properties.putAll(
        Map.of(
            Key.ROLE, "client",
            Key.KEEP_ALIVE_DIALECTS, dialects,
            Key.PONG_TIMEOUT, dice.chance(80) ? "10" : "0",
            Key.REDISCOVERY, dice.chance(30) ? "at-once" : "on-request",
            Key.DHCP, dice.chance(20) ? "on" : "off"));
    if (speaksTls()) {
      host.properties.putAll(stacks.tls().trusts());
    }
    clients.add(host);
  }

  static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
