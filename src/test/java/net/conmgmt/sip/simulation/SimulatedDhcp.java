package net.conmgmt.sip.simulation;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLink;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLinks;
import org.jspecify.annotations.Nullable;

/** One interface with a DHCP server behind it, which answers, or not, or to somebody else. */
final class SimulatedDhcp implements DhcpLinks {

  private static final byte[] HARDWARE_ADDRESS = {2, 0, 0, 0, 0, 1};
  private static final int MAGIC_COOKIE = 0x63825363;

  private final Host host;
  private final List<String> names;

  SimulatedDhcp(Host host, List<String> names) {
    this.host = host;
    this.names = names;
  }

  @Override
  public Opened open() {
    return host.world.dice.chance(20)
        ? new Opened(List.of(), List.of("eth0: no permission"))
        : new Opened(List.of(new Link()), List.of());
  }

  private final class Link implements DhcpLink {
    private @Nullable Consumer<byte[]> receiver;

    @Override
    public String name() {
      return "eth0";
    }

    @Override
    public Inet4Address address() {
      return (Inet4Address) host.machine.address;
    }

    @Override
    public byte[] hardwareAddress() {
      return HARDWARE_ADDRESS.clone();
    }

    @Override
    public void listen(Consumer<byte[]> to) {
      receiver = to;
    }

    @Override
    public void send(byte[] message) {
      Dice dice = host.world.dice;
      int id = ByteBuffer.wrap(message).getInt(4);
      int kind = dice.below(10);
      host.world.coverage.count(
          "DHCP: " + (kind == 0 ? "lost" : kind == 1 ? "somebody else's" : "answered"));
      if (kind > 0) {
        byte[] answer = acknowledge(kind == 1 ? id + 1 : id);
        host.world.in(
            host.process(),
            dice.nanos(0.001, dice.chance(80) ? 0.1 : 6),
            () -> {
              Consumer<byte[]> to = receiver;
              if (to != null) {
                to.accept(answer);
              }
            });
      }
    }

    @Override
    public void close() {
      receiver = null;
    }
  }

  private byte[] acknowledge(int id) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(0);
    for (String name : names) {
      for (String label : name.split("\\.", -1)) {
        value.write(label.length());
        value.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
      }
      value.write(0);
    }
    ByteBuffer message = ByteBuffer.allocate(240 + 5 + value.size() + 1);
    message.put((byte) 2).put((byte) 1).put((byte) 6).put((byte) 0).putInt(id);
    message.position(28).put(HARDWARE_ADDRESS);
    message.position(236).putInt(MAGIC_COOKIE);
    message.put((byte) 53).put((byte) 1).put((byte) 5);
    message.put((byte) 120).put((byte) value.size()).put(value.toByteArray()).put((byte) 255);
    return message.array();
  }
}
