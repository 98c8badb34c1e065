package net.conmgmt.sip.simulation;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An accepted socket in the type in which wires take one; only who owns it can use it. */
final class SimulatedChannel extends SocketChannel {

  private final SimulatedSocket socket;

  SimulatedChannel(SimulatedSocket socket) {
    super(SelectorProvider.provider());
    this.socket = socket;
  }

  SimulatedSocket simulated() {
    return socket;
  }

  @Override
  public InetSocketAddress getRemoteAddress() {
    return socket.remoteAddress();
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    return socket.localAddress();
  }

  @Override
  protected void implCloseSelectableChannel() {
    socket.close();
  }

  @Override
  public <T> SocketChannel setOption(SocketOption<T> name, T value) {
    return this;
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  private static UnsupportedOperationException unused() {
    return new UnsupportedOperationException("only a simulated wire uses it");
  }

  @Override
  public <T> @Nullable T getOption(SocketOption<T> name) {
    throw unused();
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  public SocketChannel bind(@Nullable SocketAddress local) {
    throw unused();
  }

  @Override
  public SocketChannel shutdownInput() {
    throw unused();
  }

  @Override
  public SocketChannel shutdownOutput() {
    throw unused();
  }

  @Override
  public Socket socket() {
    throw unused();
  }

  @Override
  public boolean isConnectionPending() {
    return false;
  }

  @Override
  public boolean connect(SocketAddress remote) {
    throw unused();
  }

  @Override
  public boolean finishConnect() {
    throw unused();
  }

  @Override
  public int read(ByteBuffer into) {
    throw unused();
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) {
    throw unused();
  }

  @Override
  public int write(ByteBuffer from) {
    throw unused();
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) {
    throw unused();
  }

  @Override
  protected void implConfigureBlocking(boolean block) {}
}
