package net.conmgmt.samples.smallest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sip.SipStack;
import net.conmgmt.samples.demo.Timeline;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.proxy.ProxyServer;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.ua.SampleUa;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallestClientTest {

  private static final int SECONDS = 30;

  @TempDir private Path folder;
  private final Timeline timeline =
      new Timeline(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          EventLog.none(),
          () -> false);

  private final int port = Ports.free();

  SmallestClientTest() throws Exception {}

  private StackBuilder viaProxy() {
    return new StackBuilder("uac.properties")
        .set("javax.sip.OUTBOUND_PROXY", "127.0.0.1:" + port + "/TCP");
  }

  @Test
  void itRegistersKeepsItsConnectionAndReceivesAMessageOnIt() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("client.properties"),
            """
            gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY = %s
            gov.nist.javax.sip.STACK_LOGGER = net.conmgmt.sip.logging.Log4jStackLogger
            gov.nist.javax.sip.SERVER_LOGGER = net.conmgmt.sip.logging.Log4jServerLogger
            javax.sip.OUTBOUND_PROXY = 127.0.0.1:%d/TCP
            """
                .formatted(StackBuilder.MANAGED_TRANSPORT, port));
    StackBuilder quick =
        new StackBuilder("proxy.properties").set(StackBuilder.PREFIX + "KEEP_ALIVE_TIMEOUT", "1");
    try (ProxyServer proxy =
            new ProxyServer(
                quick,
                new ProxyServer.Settings("contoso.test", "127.0.0.1", port, null, null, null, null),
                timeline.logOf("proxy"));
        SampleUa bob =
            new SampleUa(
                viaProxy(),
                new SampleUa.Settings("sip:bob@contoso.test", "", "127.0.0.1", List.of("TCP"), 60),
                timeline.logOf("bob"),
                text -> {})) {
      SipStack alice = SmallestClient.start(file, "alice", "contoso.test", Ports.free());
      try {
        timeline.await(0, "proxy", "keepalive.negotiated", SECONDS);
        timeline.await(0, "proxy", "keepalive.received", SECONDS);
        bob.register().get(SECONDS, TimeUnit.SECONDS);
        bob.message("sip:alice@contoso.test", "hello").get(SECONDS, TimeUnit.SECONDS);
        assertThat(timeline.find(0, "proxy", "connection.established")).hasSize(2);
      } finally {
        alice.stop();
      }
      assertThat(proxy.registrar().bindings("sip:bob@contoso.test")).hasSize(1);
    }
  }
}
