package net.conmgmt.sip.endtoend;

import static net.conmgmt.sip.plain.PlainApplication.headerOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Applications that know nothing of the plugin speak RFC 6223 and RFC 5626 by properties alone. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class DialectsTest {

  private static final String DIALECTS = "net.conmgmt.sip.KEEP_ALIVE_DIALECTS";

  private final EventRecorder clientEvents = new EventRecorder();
  private final EventRecorder proxyEvents = new EventRecorder();
  private final String kind;
  private final String transport;

  @TempDir private Path folder;

  DialectsTest(String kind, String transport) {
    this.kind = kind;
    this.transport = transport;
  }

  private PlainApplication started(
      TestCertificates authority, EventRecorder events, int port, String... pairs)
      throws Exception {
    Properties properties = authority.properties(authority.keyStore("x", "ip:127.0.0.1"), pairs);
    properties.setProperty(IoKinds.PROPERTY, kind);
    PlainApplication application = new PlainApplication(properties, "127.0.0.1", port, transport);
    ConnectionManagement.of(application.stack()).addListener(events);
    return application;
  }

  @Test
  @Requirement({"DIA-1", "DIA-2", "DIA-3", "DIA-4", "DIA-5", "DIA-6", "DIA-7"})
  void twoPlainApplicationsKeepTheirConnectionAliveByKeepAndOutbound() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int port = Stacks.freePort();
    try (PlainApplication proxy =
            started(
                authority,
                proxyEvents,
                port,
                DIALECTS,
                "ms,keep,outbound",
                "net.conmgmt.sip.KEEP_ALIVE_TIMEOUT",
                "2",
                "net.conmgmt.sip.KEEP_ALIVE_GRACE",
                "3");
        PlainApplication client =
            started(authority, clientEvents, Stacks.freePort(), DIALECTS, "keep,outbound")) {
      client.sendTo(Request.REGISTER, "127.0.0.1", port);

      Request request = proxy.requests.poll(30, TimeUnit.SECONDS);
      Response response = client.responses.poll(30, TimeUnit.SECONDS);
      assertThat(headerOf(request, "Via")).contains(";keep;");
      assertThat(headerOf(request, "Contact")).contains(";reg-id=1", "+sip.instance=\"<urn:uuid:");
      assertThat(headerOf(response, "Via")).contains(";keep=2");
      assertThat(headerOf(response, "Flow-Timer")).isEqualTo("Flow-Timer: 2");
      assertThat(headerOf(response, "Require")).isEqualTo("Require: outbound");
      assertThat(headerOf(response, "Ms-Keep-Alive")).isNull();
      clientEvents.await("negotiated CLIENT 2 2", 2);
      proxyEvents.await("negotiated PROXY 2 5", 2);
      ConnectionManagement management = ConnectionManagement.of(client.stack());
      assertThat(management.status(management.connections().iterator().next()).grants())
          .containsExactly(
              new KeepAliveGrant(KeepAliveDialect.KEEP, 2),
              new KeepAliveGrant(KeepAliveDialect.OUTBOUND, 2));

      // Three keep-alives take as long as the proxy's patience has.
      clientEvents.await("answered", 4);
      assertThat(proxyEvents.events()).noneMatch(event -> event.startsWith("closed"));
      assertThat(proxyEvents.events().stream().filter(e -> e.startsWith("established"))).hasSize(1);
    }
  }

  @Test
  @Requirement("DIA-8")
  void aServerThatGrantsKeepAndAnswersNoPingIsGivenUp() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client =
            started(
                authority,
                clientEvents,
                Stacks.freePort(),
                DIALECTS,
                "keep",
                "net.conmgmt.sip.PONG_TIMEOUT",
                "1")) {
      Thread sender =
          new Thread(
              () -> {
                try {
                  client.sendTo(Request.REGISTER, "127.0.0.1", listener.getLocalPort());
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      sender.start();
      try (RawPeer server =
          transport.equals("tls")
              ? RawPeer.acceptTls(listener, serverContext(authority))
              : RawPeer.accept(listener)) {
        String request = server.readMessage();
        server.send(RawPeer.okTo(request, "").replace(";keep", ";keep=1"));
        sender.join();
        assertThat(server.read(4)).isEqualTo("\r\n\r\n");
        server.readsEnd();
      }
      assertThat(clientEvents.await("closed CLIENT")).startsWith("closed CLIENT PONG_TIMER ");
    }
  }

  private static javax.net.ssl.SSLContext serverContext(TestCertificates authority)
      throws Exception {
    return authority.issue().names("ip:127.0.0.1").make().serverContext();
  }
}
