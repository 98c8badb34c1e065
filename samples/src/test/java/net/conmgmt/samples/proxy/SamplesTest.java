package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.conmgmt.samples.demo.DnsServer;
import net.conmgmt.samples.demo.Timeline;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import net.conmgmt.samples.ua.SampleUa;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The sample proxy and user agents together, on real sockets. */
@Execution(ExecutionMode.CONCURRENT)
class SamplesTest {

  private static final String LOOPBACK = "127.0.0.1";
  private static final String ALICE = "sip:alice@contoso.test";
  private static final String BOB = "sip:bob@contoso.test";
  private static final int SECONDS = 30;

  @TempDir private Path folder;
  private final Timeline timeline =
      new Timeline(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          EventLog.none(),
          () -> false);
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private int port;
  private Path users;

  @BeforeEach
  void writeUsers() throws Exception {
    users = Files.writeString(folder.resolve("users"), "alice:a\n\n# nobody\nbob:b:b\n");
    port = Ports.free();
  }

  @AfterEach
  void closeAll() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  private ProxyServer proxy(String who, int on, @Nullable Path known, @Nullable PeerAddress next)
      throws Exception {
    ProxyServer proxy =
        new ProxyServer(
            new StackBuilder("proxy.properties"),
            new ProxyServer.Settings("contoso.test", LOOPBACK, on, null, null, known, next),
            timeline.logOf(who));
    opened.push(proxy);
    return proxy;
  }

  private SampleUa ua(String aor, String password, int proxyPort) throws Exception {
    StackBuilder properties = new StackBuilder("uac.properties");
    properties.set("javax.sip.OUTBOUND_PROXY", LOOPBACK + ":" + proxyPort + "/TCP");
    return ua(properties, aor, password);
  }

  private SampleUa ua(StackBuilder properties, String aor, String password) throws Exception {
    SampleUa ua =
        new SampleUa(
            properties,
            new SampleUa.Settings(aor, password, LOOPBACK, List.of("TCP"), 60),
            timeline.logOf(Aor.user(aor)),
            text -> timeline.say(text));
    opened.push(ua);
    return ua;
  }

  private SampleUa registered(String aor, String password, int proxyPort) throws Exception {
    SampleUa ua = ua(aor, password, proxyPort);
    ua.register().get(SECONDS, TimeUnit.SECONDS);
    return ua;
  }

  @Test
  void usersRegisterWithDigestAndAMessageTravelsOnTheConnectionsThatTheyOpened() throws Exception {
    proxy("proxy", port, users, null);
    SampleUa alice = registered(ALICE, "a", port);
    registered(BOB, "b:b", port);
    alice.message(BOB, "hello \"you\"").get(SECONDS, TimeUnit.SECONDS);
    Timeline.Event message = timeline.await(0, "bob", "message.received", SECONDS);
    assertThat(message.details())
        .containsEntry("from", ALICE)
        .containsEntry("to", BOB)
        .containsEntry("text", "hello \"you\"");
    timeline.await(0, "proxy", "endpoint.authenticated", e -> true, 2, SECONDS);
    assertThat(timeline.find(0, "proxy", "connection.established")).hasSize(2);
  }

  @Test
  void aUserAgentDeRegistersOnItsOwnConnectionAndClosesIt() throws Exception {
    ProxyServer proxy = proxy("proxy", port, users, null);
    registered(ALICE, "a", port).close();
    timeline.await(0, "proxy", "unregistered", SECONDS);
    timeline.await(0, "proxy", "connection.closed", SECONDS);
    timeline.await(0, "alice", "unregistered", SECONDS);
    assertThat(proxy.registrar().bindings(ALICE)).isEmpty();
    assertThat(timeline.find(0, "proxy", "connection.established")).hasSize(1);
  }

  @Test
  void aWrongPasswordIsSaidToTheUserAndWithItsAddressToTheOperator() throws Exception {
    proxy("proxy", port, users, null);
    SampleUa alice = ua(ALICE, "wrong", port);
    BlockingQueue<String> logged = new LinkedBlockingQueue<>();
    Logger root = (Logger) LogManager.getRootLogger();
    AbstractAppender appender =
        new AbstractAppender("test", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            String line = event.getLevel() + " " + event.getMessage().getFormattedMessage();
            // Bob is refused in another test, at the same time.
            if (event.getLoggerName().endsWith("RegisterHandler") && line.contains(ALICE)) {
              logged.add(line);
            }
          }
        };
    appender.start();
    root.addAppender(appender);
    Configurator.setLevel("net.conmgmt.samples.registrar", Level.WARN);
    try {
      assertThatThrownBy(() -> alice.register().get(SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("refused user alice");
      // The answer may be here before the line is written.
      assertThat(logged.poll(SECONDS, TimeUnit.SECONDS))
          .matches(
              "WARN connection #\\d+ from 127\\.0\\.0\\.1:\\d+/TCP: REGISTER of"
                  + " sip:alice@contoso.test refused, its credentials are wrong");
    } finally {
      root.removeAppender(appender);
      Configurator.setLevel("net.conmgmt.samples.registrar", root.getLevel());
    }
    assertThat(logged).isEmpty();
  }

  @Test
  void nobodyRegistersForSomebodyElse() throws Exception {
    proxy("proxy", port, users, null);
    SampleUa mallory = ua(BOB, "a", port);
    assertThatThrownBy(() -> mallory.register().get(SECONDS, TimeUnit.SECONDS))
        .hasMessageContaining("401");
  }

  @Test
  void aMessageReachesEveryDeviceOfAUserAndItsSenderOneAnswer() throws Exception {
    ProxyServer proxy = proxy("proxy", port, users, null);
    SampleUa alice = registered(ALICE, "a", port);
    registered(BOB, "b:b", port);
    registered(BOB, "b:b", port);
    assertThat(proxy.registrar().reachable(BOB)).hasSize(2);
    alice.message(BOB, "to both").get(SECONDS, TimeUnit.SECONDS);
    timeline.await(0, "bob", "message.received", event -> true, 2, SECONDS);
  }

  @Test
  void anUnknownUserIs404AndOneWhoIsNotThere480() throws Exception {
    proxy("proxy", port, users, null);
    SampleUa alice = registered(ALICE, "a", port);
    assertThatThrownBy(() -> alice.message(BOB, "x").get(SECONDS, TimeUnit.SECONDS))
        .hasMessageContaining("480");
    assertThatThrownBy(
            () -> alice.message("sip:carol@contoso.test", "x").get(SECONDS, TimeUnit.SECONDS))
        .hasMessageContaining("404");
    assertThatThrownBy(
            () -> alice.message("sip:carol@example.org", "x").get(SECONDS, TimeUnit.SECONDS))
        .hasMessageContaining("403");
  }

  @Test
  void aUserAgentRegistersAgainWhenTheProxyComesBack() throws Exception {
    ProxyServer first = proxy("proxy", port, users, null);
    registered(ALICE, "a", port);
    opened.remove(first);
    first.close();
    timeline.await(0, "alice", "unregistered", SECONDS);
    int mark = timeline.mark();
    proxy("proxy", port, users, null);
    timeline.await(mark, "alice", "registered", SECONDS);
  }

  @Test
  void aUserAgentThatDiscoversItsProxyAtOnceRegistersThereAgain() throws Exception {
    try (DnsServer dns =
        new DnsServer(
            DnsServer.srv("_sipinternal._tcp.contoso.test", 0, port, "proxy.contoso.test"),
            DnsServer.loopback("proxy.contoso.test"))) {
      ProxyServer first = proxy("proxy", port, users, null);
      StackBuilder properties = new StackBuilder("uac.properties");
      properties.set("net.conmgmt.sip.DNS_SERVERS", dns.property());
      properties.set("net.conmgmt.sip.REDISCOVERY", "at-once");
      ua(properties, ALICE, "a").register().get(SECONDS, TimeUnit.SECONDS);
      opened.remove(first);
      first.close();
      timeline.await(0, "alice", "proxy.lost", SECONDS);
      int mark = timeline.mark();
      proxy("proxy", port, users, null);
      timeline.await(mark, "alice", "registered", SECONDS);
    }
  }

  @Test
  void aUserAgentWhoseFirstServersAreDownRegistersAtTheNext() throws Exception {
    try (DnsServer dns =
        new DnsServer(
            DnsServer.srv("_sipinternal._tcp.contoso.test", 0, Ports.free(), "a.contoso.test"),
            DnsServer.srv("_sipinternal._tcp.contoso.test", 1, Ports.free(), "b.contoso.test"),
            DnsServer.srv("_sipinternal._tcp.contoso.test", 2, port, "proxy.contoso.test"),
            DnsServer.loopback("a.contoso.test"),
            DnsServer.loopback("b.contoso.test"),
            DnsServer.loopback("proxy.contoso.test"))) {
      proxy("proxy", port, users, null);
      StackBuilder properties = new StackBuilder("uac.properties");
      properties.set("net.conmgmt.sip.DNS_SERVERS", dns.property());
      ua(properties, ALICE, "a").register().get(SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void aProxyInBetweenForwardsBothWaysWithoutBeingTheRegistrar() throws Exception {
    ProxyServer registrar = proxy("registrar", port, users, null);
    int edgePort = Ports.free();
    ProxyServer edge = proxy("edge", edgePort, null, new PeerAddress(LOOPBACK, port, "TCP"));
    SampleUa alice = registered(ALICE, "a", edgePort);
    SampleUa bob = registered(BOB, "b:b", port);
    alice.message(BOB, "up").get(SECONDS, TimeUnit.SECONDS);
    bob.message(ALICE, "down").get(SECONDS, TimeUnit.SECONDS);
    assertThat(timeline.await(0, "alice", "message.received", SECONDS).detail("text"))
        .isEqualTo("down");
    assertThat(registrar.registrar().bindings(ALICE)).hasSize(1);
    assertThat(edge.registrar().bindings(ALICE)).isEmpty();
  }

  @Test
  void aRequestThatBreaksTheRulesOfProxiesIsAnsweredAsTheyNameIt() throws Exception {
    proxy("proxy", port, users, null);
    registered(BOB, "b:b", port);
    try (RawPeer peer = RawPeer.connect(port)) {
      assertThat(status(peer, 1, BOB, "Max-Forwards: 0")).startsWith("SIP/2.0 483");
      assertThat(status(peer, 2, BOB, "Proxy-Require: foo")).startsWith("SIP/2.0 420");
      assertThat(status(peer, 3, "sip:contoso.test", "Max-Forwards: 9")).startsWith("SIP/2.0 200");
      assertThat(status(peer, 4, BOB, "Max-Forwards: 9")).startsWith("SIP/2.0 200");
      assertThat(status(peer, 5, "tel:+123", "Max-Forwards: 9")).startsWith("SIP/2.0 416");
    }
  }

  private static String status(RawPeer peer, int number, String uri, String header)
      throws Exception {
    peer.send(
        "OPTIONS "
            + uri
            + " SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKx"
            + number
            + "\r\nFrom: <sip:x@contoso.test>;tag=1\r\nTo: <sip:bob@contoso.test>\r\nCall-ID: c"
            + number
            + "\r\nCSeq: 1 OPTIONS\r\n"
            + header
            + "\r\nContent-Length: 0\r\n\r\n");
    return peer.readMessage();
  }
}
