package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A plain application that offers every dialect meets servers that know one, or none. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class OneDialectPeersTest {

  private static final String PING = "\r\n\r\n";

  private final EventRecorder events = new EventRecorder();
  private final String kind;
  private final String transport;

  @TempDir private Path folder;
  private TestCertificates authority;
  private PlainApplication client;

  OneDialectPeersTest(String kind, String transport) {
    this.kind = kind;
    this.transport = transport;
  }

  @BeforeEach
  void startClient() throws Exception {
    authority = new TestCertificates(folder);
    Properties properties =
        authority.properties(
            authority.keyStore("x", "ip:127.0.0.1"),
            "net.conmgmt.sip.KEEP_ALIVE_DIALECTS",
            "ms,keep,outbound");
    properties.setProperty(IoKinds.PROPERTY, kind);
    client = new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), transport);
    ConnectionManagement.of(client.stack()).addListener(events);
  }

  @AfterEach
  void stopClient() {
    client.close();
  }

  private static ServerSocket listener() throws Exception {
    return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  /** The application sends a REGISTER, which may wait for the connection that is taken here. */
  private RawPeer registersAt(ServerSocket listener) throws Exception {
    CompletableFuture<Void> sent = sending(listener);
    RawPeer server =
        transport.equals("tls")
            ? RawPeer.acceptTls(
                listener, authority.issue().names("ip:127.0.0.1").make().serverContext())
            : RawPeer.accept(listener);
    sent.join();
    return server;
  }

  private CompletableFuture<Void> sending(ServerSocket listener) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            client.sendTo(Request.REGISTER, "127.0.0.1", listener.getLocalPort());
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static String readOffers(RawPeer server) throws Exception {
    String request = server.readMessage();
    assertThat(request)
        .startsWith("REGISTER ")
        .containsPattern("Via: [^\r]*;keep[;\r]")
        .contains(";reg-id=1", "Supported: outbound", "Ms-Keep-Alive: UAC;hop-hop=yes");
    return request;
  }

  private List<KeepAliveGrant> grantsAt(ServerSocket listener) {
    ConnectionManagement management = ConnectionManagement.of(client.stack());
    for (ManagedConnection connection : management.connections()) {
      if (connection.remoteAddress().getPort() == listener.getLocalPort()) {
        return management.status(connection).grants();
      }
    }
    throw new AssertionError("No connection to " + listener);
  }

  private void isGranted(KeepAliveDialect dialect, String headerLine, String keep)
      throws Exception {
    try (ServerSocket listener = listener();
        RawPeer server = registersAt(listener)) {
      server.send(RawPeer.okTo(readOffers(server), headerLine).replace(";keep", keep));
      for (int i = 0; i < 2; i++) {
        assertThat(server.read(4)).isEqualTo(PING);
        server.send("\r\n");
      }
      events.await("answered", 2);
      assertThat(grantsAt(listener)).containsExactly(new KeepAliveGrant(dialect, 1));
    }
  }

  @Test
  @Requirement({"DIA-1", "CLI-7"})
  void aServerThatKnowsTheHeaderFieldAloneIsPingedByItsTimeout() throws Exception {
    isGranted(KeepAliveDialect.MS, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n", ";keep");
  }

  @Test
  @Requirement({"DIA-1", "DIA-2"})
  void aServerThatKnowsKeepAloneIsPingedByItsValue() throws Exception {
    isGranted(KeepAliveDialect.KEEP, "", ";keep=1");
  }

  @Test
  @Requirement({"DIA-1", "DIA-4"})
  void aServerThatKnowsOutboundAloneIsPingedByItsFlowTimer() throws Exception {
    isGranted(KeepAliveDialect.OUTBOUND, "Require: outbound\r\nFlow-Timer: 1\r\n", ";keep");
  }

  @Test
  @Requirement({"DIA-1", "CLI-4"})
  void toAServerThatKnowsNoneNothingIsSentWhileAnotherIsPingedTwice() throws Exception {
    try (ServerSocket listener = listener();
        RawPeer server = registersAt(listener);
        ServerSocket otherListener = listener();
        RawPeer other = registersAt(otherListener)) {
      server.send(RawPeer.okTo(readOffers(server), ""));
      other.send(RawPeer.okTo(readOffers(other), "").replace(";keep", ";keep=1"));
      for (int i = 0; i < 2; i++) {
        assertThat(other.read(4)).isEqualTo(PING);
        other.send("\r\n");
      }
      assertThat(grantsAt(listener)).isEmpty();
      sending(listener).join();
      // What a ping had left would stand before it.
      assertThat(server.readMessage()).startsWith("REGISTER ");
    }
  }

  @Test
  @Requirement("DIA-4")
  void afterA439TheNextRegisterLeavesWithoutOutboundOnThisConnectionAndOnTheNext()
      throws Exception {
    try (ServerSocket listener = listener()) {
      try (RawPeer server = registersAt(listener)) {
        server.send(
            RawPeer.okTo(readOffers(server), "")
                .replace("200 OK", "439 First Hop Lacks Outbound Support"));
        events.await("failed CLIENT the first hop does not support outbound");
        sending(listener).join();
        String again = server.readMessage();
        isWithoutOutbound(again);
        server.send(RawPeer.okTo(again, ""));
      }
      events.await("closed CLIENT");
      try (RawPeer server = registersAt(listener)) {
        isWithoutOutbound(server.readMessage());
      }
    }
  }

  private static void isWithoutOutbound(String request) {
    assertThat(request)
        .startsWith("REGISTER ")
        .contains("Ms-Keep-Alive: ", ";keep")
        .doesNotContain("reg-id")
        .doesNotContain("outbound");
  }
}
