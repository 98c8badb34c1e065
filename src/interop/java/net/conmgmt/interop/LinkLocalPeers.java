package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;

/**
 * Runs stacks on the two ends of a cable, {@code left0} and {@code right0}, that has link-local
 * addresses only: {@link LinkLocalInteropTest} starts it in a network namespace.
 */
final class LinkLocalPeers {

  private static final String LEFT = "fe80::a";
  private static final String RIGHT = "fe80::b";
  private static final String ON_LEFT = "%left0";
  private static final String ON_RIGHT = "%right0";
  private static final int PORT = 5070;

  private final String io;
  private final String transport;
  private final TestCertificates authority;
  private final TestIdentity identity;

  private LinkLocalPeers(String io, String transport, Path folder) throws Exception {
    this.io = io;
    this.transport = transport;
    authority = new TestCertificates(folder);
    identity = authority.issue().names("ip:" + RIGHT, "ip:" + LEFT).make();
  }

  /** With a folder for certificates; prints a line for each kind that works. */
  public static void main(String[] arguments) throws Exception {
    for (String io : new String[] {"nio", "blocking"}) {
      for (String transport : new String[] {"tcp", "tls"}) {
        LinkLocalPeers peers = new LinkLocalPeers(io, transport, Path.of(arguments[0]));
        peers.requestsGoToAnOutboundProxyAndAlongARoute();
        peers.noScopeIdIsSent();
        peers.noScopeIdIsSentBack();
        System.out.println("works: " + io + " " + transport);
      }
    }
    // Threads of the RI live on.
    System.exit(0);
  }

  private PlainApplication stack(String ip, String... more) throws Exception {
    Properties properties = authority.properties(authority.pkcs12(identity), more);
    properties.setProperty("net.conmgmt.sip.TRANSPORT", io);
    return new PlainApplication(properties, ip, PORT, transport);
  }

  private static Response response(PlainApplication application) throws InterruptedException {
    Response response = application.responses.poll(30, TimeUnit.SECONDS);
    assertThat(response).isNotNull();
    return response;
  }

  private void requestsGoToAnOutboundProxyAndAlongARoute() throws Exception {
    String proxy = "[" + RIGHT + ON_LEFT + "]:" + PORT + "/" + transport;
    try (PlainApplication server = stack(RIGHT + ON_RIGHT);
        PlainApplication client = stack(LEFT + ON_LEFT, "javax.sip.OUTBOUND_PROXY", proxy)) {
      client.register("alice", "contoso.test");
      assertThat(response(client).getStatusCode()).isEqualTo(200);
      client.sendAlong(Request.OPTIONS, "[" + RIGHT + ON_LEFT + "]", PORT);
      assertThat(response(client).getStatusCode()).isEqualTo(200);

      Request register = server.requests.remove();
      ViaHeader via = (ViaHeader) register.getHeader(ViaHeader.NAME);
      assertThat(InetAddress.getByName(via.getHost())).isEqualTo(InetAddress.getByName(LEFT));
      assertThat(via.getReceived()).isEqualTo("fe80:0:0:0:0:0:0:a");
      // What it heard by the same link it can answer, and ask back by, without a scope id.
      server.sendTo(Request.OPTIONS, "[" + LEFT + "]", PORT);
      assertThat(response(server).getStatusCode()).isEqualTo(200);
      assertThat(client.provider().getListeningPoint(transport).getIPAddress()).doesNotContain("%");
    }
  }

  private void noScopeIdIsSent() throws Exception {
    try (ServerSocket socket = new ServerSocket();
        PlainApplication client = stack(LEFT + ON_LEFT)) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(RIGHT + ON_RIGHT), PORT));
      CompletableFuture<RawPeer> accepted = CompletableFuture.supplyAsync(() -> accept(socket));
      client.sendAlong(Request.OPTIONS, "[" + RIGHT + ON_LEFT + "]", PORT);
      try (RawPeer server = accepted.get(30, TimeUnit.SECONDS)) {
        String request = server.readMessage();
        assertThat(request)
            .contains("Route: <sip:[" + RIGHT + "]:" + PORT, "@[" + LEFT + "]:" + PORT)
            .doesNotContain("left0", "right0", "%");
        server.send(RawPeer.okTo(request, ""));
        assertThat(response(client).getStatusCode()).isEqualTo(200);
      }
    }
  }

  private RawPeer accept(ServerSocket socket) {
    try {
      return transport.equals("tls")
          ? RawPeer.acceptTls(socket, authority.serverContext(identity))
          : RawPeer.accept(socket);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // The server only has to be there.
  @SuppressWarnings("try")
  private void noScopeIdIsSentBack() throws Exception {
    try (PlainApplication server = stack(RIGHT + ON_RIGHT);
        Socket tcp = new Socket()) {
      tcp.bind(new InetSocketAddress(InetAddress.getByName(LEFT + ON_LEFT), 0));
      tcp.connect(new InetSocketAddress(InetAddress.getByName(RIGHT + ON_LEFT), PORT));
      try (RawPeer client =
          transport.equals("tls")
              ? RawPeer.overTls(tcp, authority.clientContext())
              : RawPeer.over(tcp)) {
        client.send(
            "OPTIONS sip:["
                + RIGHT
                + "] SIP/2.0\r\nVia: SIP/2.0/"
                + transport
                + " elsewhere.test;rport;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
                + "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\n"
                + "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
        assertThat(client.readMessage())
            .startsWith("SIP/2.0 200")
            .contains("received=fe80:0:0:0:0:0:0:a")
            .doesNotContain("left0", "right0", "%");
      }
    }
  }
}
