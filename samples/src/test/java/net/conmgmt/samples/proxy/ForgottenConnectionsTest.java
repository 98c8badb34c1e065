package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import net.conmgmt.samples.testing.RawUa;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the proxy has learned of a connection goes with it: its memory is free again. */
class ForgottenConnectionsTest {

  private static final String LOOPBACK = "127.0.0.1";

  /** Longer than transactions linger. */
  private static final long PATIENCE_SECONDS = 60;

  private static ProxyServer proxy(int port, @Nullable PeerAddress nextHop) throws Exception {
    return new ProxyServer(
        new StackBuilder("proxy.properties"),
        new ProxyServer.Settings("contoso.test", LOOPBACK, port, null, null, null, nextHop),
        EventLog.none());
  }

  /** The connections that clients have opened. */
  private static List<WeakReference<ManagedConnection>> accepted(ProxyServer proxy) {
    return ConnectionManagement.of(proxy.stack()).connections().stream()
        .filter(connection -> connection.side() == ManagedConnection.Side.PROXY)
        .map(WeakReference::new)
        .toList();
  }

  /** What has another response arrive: the library then forgets those that were collected. */
  private interface Traffic {
    void go() throws Exception;
  }

  private static void awaitForgotten(
      List<WeakReference<ManagedConnection>> connections, Traffic traffic) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < deadline
        && connections.stream().anyMatch(connection -> connection.get() != null)) {
      System.gc();
      traffic.go();
    }
    assertThat(connections).allSatisfy(connection -> assertThat(connection.get()).isNull());
  }

  @Test
  void ofADialogThatTwoClientsHadNothingIsLeft() throws Exception {
    int port = Ports.free();
    try (ProxyServer proxy = proxy(port, null);
        RawPeer toAlice = RawPeer.connect(port);
        RawPeer toBob = RawPeer.connect(port)) {
      RawUa alice = new RawUa(toAlice, "alice", "desk");
      alice.register();
      new RawUa(toBob, "bob", "desk").register();
      alice.request("SUBSCRIBE", "sip:bob@contoso.test", "bob", "Event: presence");
      String subscribe = toBob.readMessage();
      assertThat(subscribe).contains("Record-Route: <sip:");
      toBob.send(RawPeer.response("200 OK", subscribe, "Expires: 60"));
      assertThat(toAlice.readMessage()).startsWith("SIP/2.0 200");
      List<WeakReference<ManagedConnection>> connections = accepted(proxy);
      assertThat(connections).hasSize(2);

      toAlice.socket().close();
      toBob.socket().close();

      try (RawPeer peer = RawPeer.connect(port)) {
        RawUa carol = new RawUa(peer, "carol", "desk");
        carol.register();
        awaitForgotten(
            connections,
            () -> {
              carol.request("OPTIONS", "sip:carol@contoso.test", "carol");
              peer.send(RawPeer.response("200 OK", peer.readMessage()));
              assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
            });
      }
    }
  }

  @Test
  void ofAClientThatRegisteredThroughAnEdgeNothingIsLeft() throws Exception {
    int port = Ports.free();
    try (ServerSocket registrar = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ProxyServer edge = proxy(port, new PeerAddress(LOOPBACK, registrar.getLocalPort(), "TCP"));
        RawPeer client = RawPeer.connect(port)) {
      new RawUa(client, "alice", "desk").request("REGISTER", "sip:contoso.test", "alice");
      try (RawPeer hop = RawPeer.accept(registrar)) {
        hop.send(RawPeer.response("200 OK", hop.readMessage()));
        assertThat(client.readMessage()).startsWith("SIP/2.0 200");
        List<WeakReference<ManagedConnection>> connections = accepted(edge);
        assertThat(connections).hasSize(1);

        client.socket().close();

        try (RawPeer peer = RawPeer.connect(port)) {
          RawUa carol = new RawUa(peer, "carol", "desk");
          awaitForgotten(
              connections, () -> carol.exchange("OPTIONS", "sip:127.0.0.1:" + port, "carol"));
        }
      }
    }
  }
}
