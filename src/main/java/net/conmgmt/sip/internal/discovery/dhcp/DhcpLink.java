package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.IOException;
import java.net.Inet4Address;
import java.util.function.Consumer;

/** One network interface with an open DHCP client port. */
public interface DhcpLink {

  /** The interface's name. */
  String name();

  /** The interface's address, where servers send their answer. */
  Inet4Address address();

  /** The six bytes of the interface's hardware address. */
  byte[] hardwareAddress();

  /**
   * Hands over every datagram that arrives, on any thread, until {@link #close}. Call once, before
   * {@link #send}.
   */
  void listen(Consumer<byte[]> receiver);

  /**
   * Broadcasts a message on this interface.
   *
   * @throws IOException when the system refuses to send
   */
  void send(byte[] message) throws IOException;

  /** Closes the port. May be called again. */
  void close();
}
