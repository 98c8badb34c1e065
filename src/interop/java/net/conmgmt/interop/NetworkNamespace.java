package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A network of its own for some processes: nothing in it reaches the machine's network. {@link
 * #close} takes it away with its interfaces; processes in it have to be ended before.
 */
final class NetworkNamespace implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(NetworkNamespace.class);
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final String name;

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /** An empty one with loopback; its name is unique on the machine. */
  static NetworkNamespace create() throws IOException {
    String name = "conmgmt-" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    ip("netns", "add", name);
    NetworkNamespace made = new NetworkNamespace(name);
    try {
      ip("-n", name, "link", "set", "lo", "up");
    } catch (IOException e) {
      made.close();
      throw e;
    }
    return made;
  }

  /**
   * Joins two namespaces by a cable.
   *
   * @param device the interface here
   * @param address its address with prefix length
   * @param otherDevice the interface at the other end
   */
  void link(
      String device,
      String address,
      NetworkNamespace other,
      String otherDevice,
      String otherAddress)
      throws IOException {
    ip(
        "link",
        "add",
        device,
        "netns",
        name,
        "type",
        "veth",
        "peer",
        "name",
        otherDevice,
        "netns",
        other.name);
    up(device, address);
    other.up(otherDevice, otherAddress);
  }

  /** Lays a cable inside, whose two ends have these link-local addresses and no others. */
  void linkLocalCable(String device, String address, String otherDevice, String otherAddress)
      throws IOException {
    ip("-n", name, "link", "add", device, "type", "veth", "peer", "name", otherDevice);
    linkLocal(device, address);
    linkLocal(otherDevice, otherAddress);
  }

  private void linkLocal(String device, String address) throws IOException {
    ip("-n", name, "link", "set", device, "addrgenmode", "none");
    ip("-n", name, "link", "set", device, "up");
    ip("-n", name, "addr", "add", address + "/64", "dev", device, "nodad");
  }

  /** Has the programs inside ask a DNS server at that address, as if the machine said so. */
  void resolveAt(String address) throws IOException {
    Files.createDirectories(etc());
    Files.writeString(etc().resolve("resolv.conf"), "nameserver " + address + "\n");
  }

  /** The files there lie over those of /etc for the programs inside. */
  private Path etc() {
    return Path.of("/etc/netns", name);
  }

  private void up(String device, String address) throws IOException {
    ip("-n", name, "addr", "add", address, "dev", device);
    ip("-n", name, "link", "set", device, "up");
  }

  /** By which {@code ip netns} knows it. */
  String name() {
    return name;
  }

  /** The command that runs {@code command} inside; the process id stays that of the command. */
  List<String> inside(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
    whole.addAll(command);
    return whole;
  }

  /** Runs a program inside to its end and gives what it printed. */
  String run(String... command) throws IOException {
    return ExternalProcess.run(inside(List.of(command)));
  }

  private static void ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    ExternalProcess.run(command);
  }

  @Override
  public void close() {
    try {
      ip("netns", "del", name);
    } catch (IOException e) {
      LOG.warn("The network namespace {} stays", name, e);
    }
    try {
      Files.deleteIfExists(etc().resolve("resolv.conf"));
      Files.deleteIfExists(etc());
    } catch (IOException e) {
      LOG.warn("{} stays", etc(), e);
    }
  }
}
