package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.SipStackExt;
import gov.nist.javax.sip.stack.IOHandler;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import gov.nist.javax.sip.stack.TLSMessageChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@link SipStackExt#getLocalAddressForTcpDst} and {@link
 * SipStackExt#getLocalAddressForTlsDst} from the managed connection to that peer, which is opened
 * if need be. Left to itself, the RI opens a connection of its own that nobody manages.
 * Thread-safe.
 */
final class LocalAddresses extends IOHandler {

  private final StackTransport transport;

  private LocalAddresses(SIPTransactionStack stack, StackTransport transport) {
    super(stack);
    this.transport = transport;
  }

  /** Idempotent. A stack that was stopped has a handler of the RI again. */
  static void install(SIPTransactionStack stack, StackTransport transport) throws IOException {
    // The RI asks neither processor nor channel.
    RiField.use(
        SIPTransactionStack.class,
        "ioHandler",
        handler -> {
          if (!(handler.get(stack) instanceof LocalAddresses)) {
            handler.set(stack, new LocalAddresses(stack, transport));
          }
        });
  }

  @Override
  public SocketAddress getLocalAddressForTcpDst(
      InetAddress peer, int port, @Nullable InetAddress localAddress, int localPort)
      throws IOException {
    return transport.connectedFrom("TCP", peer, port, localAddress);
  }

  @Override
  public SocketAddress getLocalAddressForTlsDst(
      InetAddress peer, int port, @Nullable InetAddress localAddress, TLSMessageChannel channel)
      throws IOException {
    ((ManagedMessageChannel) channel).discardUnused();
    return transport.connectedFrom("TLS", peer, port, localAddress);
  }
}
