package net.conmgmt.sip.simulation;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listening socket of the simulated network. */
final class SimulatedServerChannel extends ServerSocketChannel {

  private final Network network;
  private final InetSocketAddress address;

  SimulatedServerChannel(Network network, InetSocketAddress address) {
    super(SelectorProvider.provider());
    this.network = network;
    this.address = address;
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    return address;
  }

  @Override
  protected void implCloseSelectableChannel() {
    network.stopListening(address);
  }

  @Override
  public ServerSocketChannel bind(@Nullable SocketAddress local, int backlog) {
    return this;
  }

  @Override
  public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
    return this;
  }

  @Override
  public <T> @Nullable T getOption(SocketOption<T> name) {
    throw new UnsupportedOperationException("no option is set");
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  public ServerSocket socket() {
    throw new UnsupportedOperationException("there is no socket");
  }

  @Override
  public SocketChannel accept() {
    throw new UnsupportedOperationException("the simulated network brings what it accepts");
  }

  @Override
  protected void implConfigureBlocking(boolean block) {}
}
