package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import javax.net.ssl.SSLSocket;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that shake hands again on a connection that is open (RFC 5246, RFC 8446 section 4.6.3). */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class RenegotiationTest {

  private static final Logger LOG = LogManager.getLogger(RenegotiationTest.class);
  private static final String REFUSED = "BAD_INPUT TLS: the peer asked for renegotiation";

  private final String io;
  private final EventRecorder events = new EventRecorder();
  @TempDir private Path folder;
  private TestCertificates authority;
  private PlainApplication application;
  private int port;

  RenegotiationTest(String io) {
    this.io = io;
  }

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
    start();
  }

  private void start(String... more) throws Exception {
    port = Stacks.freePort();
    Properties properties = authority.properties(authority.keyStore("x", "ip:127.0.0.1"), more);
    properties.setProperty(IoKinds.PROPERTY, io);
    application = new PlainApplication(properties, "127.0.0.1", port, "tls");
    ConnectionManagement.of(application.stack()).addListener(events);
  }

  @AfterEach
  void stop() {
    application.close();
  }

  private RawPeer connect(String version) throws Exception {
    SSLSocket socket =
        (SSLSocket)
            authority
                .clientContext()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setEnabledProtocols(new String[] {version});
    socket.startHandshake();
    return RawPeer.over(socket);
  }

  private static String options(int number) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5999;branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  }

  /** The end may come while it writes, or as the end of the stream. */
  private static void shakeHandsAgain(RawPeer peer) {
    try {
      ((SSLSocket) peer.socket()).startHandshake();
    } catch (IOException refused) {
      LOG.debug("The other side has ended the connection", refused);
    }
  }

  @Test
  void aClientThatAsksForRenegotiationLosesItsConnectionAndTheOthersAreServed() throws Exception {
    try (RawPeer other = connect("TLSv1.2")) {
      for (int i = 1; i <= 20; i++) {
        try (RawPeer bad = connect("TLSv1.2")) {
          bad.send(options(i) + options(1_000 + i) + options(2_000 + i));
          shakeHandsAgain(bad);
        }
        other.send(options(3_000 + i));
        assertThat(other.readMessage()).startsWith("SIP/2.0 200");
      }
      events.await("closed PROXY", 20);
      // Some writes meet a peer that has hung up already.
      events.await("closed PROXY " + REFUSED);
      assertThat(ConnectionManagement.of(application.stack()).connections()).hasSize(1);
    }
  }

  @Test
  void aServerThatAsksForRenegotiationLosesItsConnection() throws Exception {
    stop();
    start("gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS", "TLSv1.2");
    try (TlsPeer server = new TlsPeer()) {
      server.show(authority.issue().commonName("x").names("ip:127.0.0.1").make());
      TlsPeer.Manner secure = server.manner();
      server.behave(
          raw -> {
            SSLSocket socket = (SSLSocket) Objects.requireNonNull(secure.take(raw));
            byte[] first = socket.getInputStream().readNBytes(4);
            LOG.debug("After the first {} bytes", first.length);
            socket.startHandshake();
            return socket;
          });
      application.sendTo(Request.OPTIONS, "127.0.0.1", server.port());
      // Before its first response, so that this is no server that serves over TLS.
      events.await("closed CLIENT TLS_FAILED the peer asked for renegotiation");
    }
  }

  @Test
  void whereThePropertyAllowsItRenegotiationIsFollowedBesideTraffic() throws Exception {
    stop();
    start("gov.nist.javax.sip.SSL_RENEGOTIATION_ENABLED", "true");
    try (RawPeer peer = connect("TLSv1.2")) {
      for (int i = 1; i <= 5; i++) {
        peer.send(options(i));
        shakeHandsAgain(peer);
        peer.send(options(1_000 + i));
        assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
        assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      }
    }
    events.await("closed PROXY PEER_CLOSED");
  }

  @Test
  void keyUpdatesOfTls13AreFollowed() throws Exception {
    try (RawPeer peer = connect("TLSv1.3")) {
      for (int i = 1; i <= 20; i++) {
        shakeHandsAgain(peer);
        peer.send(options(i));
        assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      }
    }
    events.await("closed PROXY PEER_CLOSED");
  }

  @Test
  void aFloodOfKeyUpdatesEndsTheConnection() throws Exception {
    try (RawPeer peer = connect("TLSv1.3")) {
      Socket socket = peer.socket();
      for (int i = 0; i < 100_000 && !socket.isClosed(); i++) {
        ((SSLSocket) socket).startHandshake();
      }
    } catch (IOException refused) {
      LOG.debug("The other side has ended the connection", refused);
    }
    events.await("closed PROXY BAD_INPUT TLS: the peer sent more than 100 key updates");
  }
}
