package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sip.SipProvider;
import javax.sip.header.ViaHeader;
import javax.sip.message.Message;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer that has one address and port for several listening points of one stack. */
class OneSourcePortTest {

  private static final String LOOPBACK = "127.0.0.1";

  @TempDir private Path folder;
  private TestCertificates authority;
  private int firstPort;
  private int secondPort;
  private int sourcePort;

  @BeforeEach
  void makeAuthorityAndPorts() throws Exception {
    authority = new TestCertificates(folder);
    firstPort = Stacks.freePort();
    secondPort = Stacks.freePort();
    sourcePort = Stacks.freePort();
  }

  /** A stack that listens with {@code transport} on the one port and with another on the next. */
  private PlainApplication application(String kind, String transport, String another)
      throws Exception {
    Properties properties =
        authority.properties(authority.keyStore("x", "ip:" + LOOPBACK), IoKinds.PROPERTY, kind);
    PlainApplication application = new PlainApplication(properties, LOOPBACK, firstPort, transport);
    application
        .stack()
        .createSipProvider(application.stack().createListeningPoint(LOOPBACK, secondPort, another))
        .addSipListener(application);
    return application;
  }

  private RawPeer connect(int port, String transport) throws Exception {
    Socket tcp = new Socket();
    tcp.setReuseAddress(true);
    tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), sourcePort));
    tcp.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return transport.equals("tcp")
        ? RawPeer.over(tcp)
        : RawPeer.overTls(tcp, authority.clientContext());
  }

  /** What a peer says in its Via does not matter here, so it is the same everywhere. */
  private String register(String number) {
    return "REGISTER sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TCP "
        + LOOPBACK
        + ":"
        + sourcePort
        + ";branch=z9hG4bK-one-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: one-"
        + number
        + "\r\nCSeq: 1 REGISTER\r\nMs-Keep-Alive: UAC;hop-hop=yes\r\nContent-Length: 0\r\n\r\n";
  }

  private static <T extends Message> ManagedConnection connectionOfNext(
      PlainApplication application, BlockingQueue<T> messages) throws InterruptedException {
    T message = Objects.requireNonNull(messages.poll(30, TimeUnit.SECONDS));
    return ConnectionManagement.of(application.stack()).connectionOf(message).orElseThrow();
  }

  private static void isOneOf(ManagedConnection connection, int port, String transport) {
    assertThat(connection.localAddress().getPort()).isEqualTo(port);
    assertThat(connection.transport()).isEqualToIgnoringCase(transport);
  }

  private static String other(String transport) {
    return transport.equals("tcp") ? "tls" : "tcp";
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aRequestBelongsToTheConnectionOfItsTransport(String kind, String transport)
      throws Exception {
    requestsBelongToTheirConnections(kind, transport, other(transport));
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aRequestBelongsToTheConnectionOfItsListeningPoint(String kind, String transport)
      throws Exception {
    requestsBelongToTheirConnections(kind, transport, transport);
  }

  private void requestsBelongToTheirConnections(String kind, String transport, String another)
      throws Exception {
    try (PlainApplication application = application(kind, transport, another);
        RawPeer first = connect(firstPort, transport);
        RawPeer second = connect(secondPort, another)) {
      for (String round : new String[] {"a", "b"}) {
        first.send(register("1" + round));
        assertThat(first.readMessage()).startsWith("SIP/2.0 200");
        isOneOf(connectionOfNext(application, application.requests), firstPort, transport);
        second.send(register("2" + round));
        assertThat(second.readMessage()).startsWith("SIP/2.0 200");
        isOneOf(connectionOfNext(application, application.requests), secondPort, another);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aResponseBelongsToTheConnectionOfItsTransport(String kind, String transport)
      throws Exception {
    aResponseBelongsToItsConnection(kind, transport, other(transport));
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aResponseBelongsToTheConnectionOfItsListeningPoint(String kind, String transport)
      throws Exception {
    aResponseBelongsToItsConnection(kind, transport, transport);
  }

  private void aResponseBelongsToItsConnection(String kind, String transport, String another)
      throws Exception {
    try (PlainApplication application = application(kind, transport, another);
        RawPeer first = connect(firstPort, transport);
        RawPeer second = connect(secondPort, another)) {
      second.send(register("1"));
      assertThat(second.readMessage()).startsWith("SIP/2.0 200");
      application.sendTo(Request.OPTIONS, LOOPBACK, sourcePort);
      first.send(RawPeer.okTo(first.readMessage(), ""));
      isOneOf(connectionOfNext(application, application.responses), firstPort, transport);
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aResponseBelongsToTheConnectionOfTheListeningPointThatConnected(String kind)
      throws Exception {
    try (ServerSocket peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        PlainApplication application = application(kind, "tcp", "tcp")) {
      Request request =
          application.sendTo(Request.OPTIONS, LOOPBACK, peer.getLocalPort()).getRequest();
      try (RawPeer first = RawPeer.accept(peer)) {
        sendAgain(request, providerAt(secondPort, application));
        try (RawPeer second = RawPeer.accept(peer)) {
          second.readMessage();
          first.send(RawPeer.okTo(first.readMessage(), ""));
          ManagedConnection connection = connectionOfNext(application, application.responses);
          assertThat(connection.listeningPoint().getPort()).isEqualTo(firstPort);
          assertThat(connection.localAddress().getPort()).isEqualTo(first.socket().getPort());
        }
      }
    }
  }

  private static SipProvider providerAt(int port, PlainApplication application) {
    Iterator<?> providers = application.stack().getSipProviders();
    while (providers.hasNext()) {
      SipProvider provider = (SipProvider) providers.next();
      if (provider.getListeningPoint("tcp").getPort() == port) {
        return provider;
      }
    }
    throw new AssertionError("No provider at port " + port);
  }

  private static void sendAgain(Request request, SipProvider provider) throws Exception {
    Request again = (Request) request.clone();
    again.removeHeader(ViaHeader.NAME);
    again.setHeader(provider.getNewCallId());
    provider.getNewClientTransaction(again).sendRequest();
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void keepAliveIsNegotiatedAndToldOfEachConnectionByItself(String kind, String transport)
      throws Exception {
    Told told = new Told();
    try (PlainApplication application = application(kind, transport, other(transport));
        RawPeer first = connect(firstPort, transport);
        RawPeer second = connect(secondPort, other(transport))) {
      ConnectionManagement.of(application.stack()).addListener(told);
      register(first, "1");
      assertThat(told.next()).isEqualTo("negotiated " + firstPort);
      keepAlive(first);
      assertThat(told.next()).isEqualTo("received " + firstPort);
      register(second, "2");
      assertThat(told.next()).isEqualTo("negotiated " + secondPort);
      keepAlive(second);
      assertThat(told.next()).isEqualTo("received " + secondPort);
      keepAlive(first);
      assertThat(told.next()).isEqualTo("received " + firstPort);
    }
  }

  private void register(RawPeer peer, String number) throws IOException {
    peer.send(register(number));
    assertThat(peer.readMessage())
        .startsWith("SIP/2.0 200")
        .contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300");
  }

  private static void keepAlive(RawPeer peer) throws IOException {
    peer.send("\r\n\r\n");
    assertThat(peer.read(2)).isEqualTo("\r\n");
  }

  /** The events of keep-alive with the port on which the connection was accepted. */
  private static final class Told implements ConnectionManagementListener {

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      return Objects.requireNonNull(events.poll(30, TimeUnit.SECONDS));
    }

    @Override
    public void keepAliveNegotiated(
        ManagedConnection connection, Duration timeout, Duration actsAfter) {
      events.add("negotiated " + connection.localAddress().getPort());
    }

    @Override
    public void keepAliveReceived(ManagedConnection connection) {
      events.add("received " + connection.localAddress().getPort());
    }
  }
}
