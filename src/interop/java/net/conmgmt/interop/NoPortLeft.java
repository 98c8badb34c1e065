package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sip.SipException;
import javax.sip.message.Request;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;

/**
 * Runs a client where one port is left for connections, and somebody has it: {@link
 * NoPortLeftInteropTest} starts it in a network namespace.
 */
final class NoPortLeft {

  static final String LISTENING = "10.79.9.1";
  private static final int LISTENING_PORT = 5070;
  private static final String PEER = "127.0.0.1";
  private static final int PEER_PORT = 5080;

  private NoPortLeft() {}

  /** Prints a line for each kind of I/O that works. */
  public static void main(String[] arguments) throws Exception {
    for (String io : IoKinds.all()) {
      waitsForAPortAtItsOwnAddress(io);
      System.out.println("works: " + io);
    }
    // Threads of the RI live on.
    System.exit(0);
  }

  private static void waitsForAPortAtItsOwnAddress(String io) throws Exception {
    InetAddress own = InetAddress.getByName(LISTENING);
    try (ServerSocket somebody = new ServerSocket(PEER_PORT, 50, own);
        ServerSocket peers = new ServerSocket(PEER_PORT, 50, InetAddress.getLoopbackAddress());
        PlainApplication client =
            new PlainApplication(Stacks.managed(IoKinds.PROPERTY, io), LISTENING, LISTENING_PORT)) {
      try (Socket holder = new Socket(own, PEER_PORT);
          Socket held = somebody.accept()) {
        assertThat(held.getInetAddress()).isEqualTo(own);
        // No port rests in TIME_WAIT.
        holder.setSoLinger(true, 0);
        assertThatThrownBy(() -> client.sendTo(Request.OPTIONS, PEER, PEER_PORT))
            .isInstanceOf(SipException.class)
            .hasStackTraceContaining("Address already in use");
      }
      CompletableFuture<RawPeer> accepted = CompletableFuture.supplyAsync(() -> accept(peers));
      client.sendTo(Request.OPTIONS, PEER, PEER_PORT);
      try (RawPeer peer = accepted.get(30, TimeUnit.SECONDS)) {
        assertThat(peer.socket().getInetAddress()).isEqualTo(own);
        peer.send(RawPeer.okTo(peer.readMessage(), ""));
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
        peer.reset();
      }
    }
  }

  private static RawPeer accept(ServerSocket socket) {
    try {
      return RawPeer.accept(socket);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
