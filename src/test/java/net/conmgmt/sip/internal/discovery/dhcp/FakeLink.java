package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An interface in memory. Not thread-safe. */
public final class FakeLink implements DhcpLink {

  final List<byte[]> sent = new ArrayList<>();
  boolean closed;
  @Nullable IOException refusal;
  private final String name;
  private final byte[] mac;
  private Consumer<byte[]> receiver = message -> {};

  public FakeLink(String name, int number) {
    this.name = name;
    mac = new byte[] {2, 0, 0, 0, 0, (byte) number};
  }

  /** The transaction id of the request that was sent. */
  int xid() {
    return ByteBuffer.wrap(sent.get(0)).getInt(4);
  }

  void deliver(byte[] message) {
    receiver.accept(message);
  }

  /** Answers the request with these names. */
  void answer(String... names) {
    deliver(DhcpReplies.ackOf(xid(), mac, names));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Inet4Address address() {
    try {
      return (Inet4Address) InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, mac[5]});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public byte[] hardwareAddress() {
    return mac.clone();
  }

  @Override
  public void listen(Consumer<byte[]> to) {
    receiver = to;
  }

  @Override
  public void send(byte[] message) throws IOException {
    if (refusal != null) {
      throw refusal;
    }
    sent.add(message);
  }

  @Override
  public void close() {
    closed = true;
  }
}
