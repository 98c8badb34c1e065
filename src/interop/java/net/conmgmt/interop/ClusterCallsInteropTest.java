package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Calls between users of two sample proxies that share a real Redis server. */
@RealPeers(packages = RedisServer.PACKAGE)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterCallsInteropTest {

  private static final long PATIENCE_SECONDS = 60;

  private final String transport = transport();
  private final List<ExternalProcess> proxies = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private Path folder;
  private @Nullable SSLContext certified;
  private RedisServer redis;
  private RawPeer alice;
  private RawPeer bob;
  private int registrations;

  /** Over which clients and proxies talk. */
  String transport() {
    return "TCP";
  }

  @BeforeAll
  void start(@TempDir Path given) throws Exception {
    folder = given;
    redis = RedisServer.start(folder);
    TestCertificates authority = transport.equals("TLS") ? new TestCertificates(folder) : null;
    if (authority != null) {
      certified = authority.serverContext(authority.issue().names("ip:127.0.0.1").make());
    }
    for (int i = 0; i < 2; i++) {
      int port = Stacks.freePort();
      ports.add(port);
      // One goes by its address, the other by its name.
      proxies.add(proxy((i == 0 ? "127.0.0.1:" : "localhost:") + port, port, authority));
    }
  }

  private ExternalProcess proxy(String node, int port, @Nullable TestCertificates authority)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("proxy", "--domain", "contoso.test"));
    arguments.addAll(List.of("--node", node));
    arguments.addAll(List.of("--cluster", redis.uri(), "--http", "0"));
    if (authority == null) {
      arguments.addAll(List.of("--tcp", String.valueOf(port)));
    } else {
      Path store =
          authority.keyStore("localhost", "dns:localhost", "dns:contoso.test", "ip:127.0.0.1");
      Path trusted = authority.trustStore();
      arguments.addAll(List.of("--tcp", "none", "--tls", String.valueOf(port)));
      arguments.addAll(List.of("--keystore", store.toString()));
      arguments.addAll(List.of("--password", TestCertificates.PASSWORD));
      for (String each :
          List.of(
              "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE=Enabled",
              "javax.net.ssl.trustStore=" + trusted,
              "javax.net.ssl.trustStorePassword=" + TestCertificates.PASSWORD,
              "javax.net.ssl.trustStoreType=PKCS12")) {
        arguments.addAll(List.of("--set", each));
      }
    }
    return ExternalProcess.start(
            "proxy-" + port,
            folder,
            Map.of(),
            Samples.command(List.of("-Xmx256m"), arguments.toArray(new String[0])))
        .ready("ready ");
  }

  @AfterAll
  void stop() {
    proxies.forEach(ExternalProcess::close);
    if (redis != null) {
      redis.close();
    }
  }

  @BeforeEach
  void registerBoth() throws Exception {
    alice = registered(0, "alice", "desk");
    bob = registered(1, "bob", "desk");
  }

  @AfterEach
  void hangUp() throws Exception {
    alice.close();
    bob.close();
  }

  private RawPeer registered(int proxy, String user, String device) throws Exception {
    int port = ports.get(proxy);
    RawPeer peer = certified == null ? RawPeer.connect(port) : RawPeer.connectTls(port, certified);
    String before = entry(user, device);
    peer.send(
        request("REGISTER", "sip:contoso.test", user, user, 1, "r" + registrations++, contact(user))
            .replace(";tag=" + user + "\r\n", ";tag=" + user + ";epid=" + device + "\r\n"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    await(
        () -> !entry(user, device).equals(before) && !entry(user, device).isEmpty(),
        user + " is in the directory");
    return peer;
  }

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("Expected within " + PATIENCE_SECONDS + " s that " + what);
      }
      Thread.sleep(5);
    }
  }

  private static String key(String user) {
    return "conmgmt:{sip:" + user + "@contoso.test}";
  }

  private String entry(String user, String device) {
    try {
      return redis.ask("hget", key(user), device).strip();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** An address that nobody listens on: only the connection leads there. */
  private String contact(String user) {
    return "Contact: <sip:" + user + "@192.0.2.7:9;transport=" + transport + ">";
  }

  private String request(
      String method, String uri, String from, String to, int cseq, String branch, String... more) {
    String toTag = method.equals("ACK") || method.equals("BYE") ? ";tag=" + to : "";
    return method
        + " "
        + uri
        + " SIP/2.0\r\nVia: SIP/2.0/"
        + transport
        + " 192.0.2.7:9;branch=z9hG4bK"
        + branch
        + from
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:"
        + from
        + "@contoso.test>;tag="
        + from
        + "\r\nTo: <sip:"
        + to
        + "@contoso.test>"
        + toTag
        + "\r\nCall-ID: call-"
        + branch
        + "\r\nCSeq: "
        + cseq
        + " "
        + method
        + "\r\n"
        + Arrays.stream(more).map(line -> line + "\r\n").collect(Collectors.joining())
        + "Content-Length: 0\r\n\r\n";
  }

  private static String response(String status, String request, String... more) {
    return "SIP/2.0 "
        + status
        + "\r\n"
        + request
            .lines()
            .filter(line -> line.matches("(?i)(Via|From|To|Call-ID|CSeq|Record-Route):.*"))
            .map(
                line -> line.startsWith("To:") && !line.contains("tag=") ? line + ";tag=bob" : line)
            .collect(Collectors.joining("\r\n"))
        + "\r\n"
        + Arrays.stream(more).map(line -> line + "\r\n").collect(Collectors.joining())
        + "Content-Length: 0\r\n\r\n";
  }

  private static List<String> values(String message, String name) {
    return message
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .flatMap(line -> Stream.of(line.substring(name.length() + 1).split(",", -1)))
        .map(String::strip)
        .toList();
  }

  /** The route set as the caller has it, or as the callee has it. */
  private static String route(String message, boolean caller) {
    List<String> hops = new ArrayList<>(values(message, "Record-Route"));
    if (caller) {
      java.util.Collections.reverse(hops);
    }
    return "Route: " + String.join(", ", hops);
  }

  private String target(String user) {
    return "sip:" + user + "@192.0.2.7:9;transport=" + transport;
  }

  @Test
  @Requirement("CLU-2")
  void aCallThroughTwoProxiesIsSetUpAcknowledgedAndEndedFromEitherSide() throws Exception {
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", 1, "i", contact("alice")));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
    String invite = bob.readMessage();
    assertThat(invite).startsWith("INVITE " + target("bob"));
    assertThat(values(invite, "Via")).hasSize(3);
    bob.send(response("180 Ringing", invite));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 180");
    bob.send(response("200 OK", invite, contact("bob")));
    String answer = alice.readMessage();
    assertThat(answer).startsWith("SIP/2.0 200");
    assertThat(values(answer, "Via")).hasSize(1);
    assertThat(values(answer, "Record-Route")).hasSize(3);
    alice.send(
        request("ACK", target("bob"), "alice", "bob", 1, "a", route(answer, true))
            .replace("call-a", "call-i"));
    assertThat(bob.readMessage()).startsWith("ACK sip:bob@");
    bob.send(
        request("BYE", target("alice"), "bob", "alice", 5, "b", route(invite, false))
            .replace("call-b", "call-i"));
    String bye = alice.readMessage();
    assertThat(bye).startsWith("BYE sip:alice@");
    alice.send(response("200 OK", bye));
    assertThat(bob.readMessage()).startsWith("SIP/2.0 200").contains("CSeq: 5 BYE");
  }

  @Test
  @Requirement("CLU-2")
  void aCallThroughTwoProxiesIsCancelled() throws Exception {
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", 1, "c", contact("alice")));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
    String invite = bob.readMessage();
    bob.send(response("180 Ringing", invite));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 180");
    alice.send(request("CANCEL", "sip:bob@contoso.test", "alice", "bob", 1, "c"));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 200").contains("CSeq: 1 CANCEL");
    String cancel = bob.readMessage();
    assertThat(cancel).startsWith("CANCEL " + target("bob"));
    bob.send(response("200 OK", cancel));
    bob.send(response("487 Request Terminated", invite));
    assertThat(bob.readMessage()).startsWith("ACK");
    assertThat(alice.readMessage()).startsWith("SIP/2.0 487");
  }

  @Test
  @Requirement("CLU-2")
  void aCallIsCancelledWhileTheDirectoryIsAsked() throws Exception {
    redis.pause();
    try {
      alice.send(
          request("INVITE", "sip:bob@contoso.test", "alice", "bob", 1, "q", contact("alice"))
              + request("CANCEL", "sip:bob@contoso.test", "alice", "bob", 1, "q"));
      assertThat(alice.readMessage()).startsWith("SIP/2.0 200").contains("CSeq: 1 CANCEL");
      assertThat(alice.readMessage()).startsWith("SIP/2.0 487").contains("CSeq: 1 INVITE");
    } finally {
      redis.resume();
    }
    bob.send(request("OPTIONS", "sip:contoso.test", "bob", "bob", 2, "r"));
    assertThat(bob.readMessage()).as("nothing rings").startsWith("SIP/2.0 200");
  }

  @Test
  @Requirement("CLU-2")
  void aUserWhoseNameMustBeEscapedIsFoundAtTheOtherProxy() throws Exception {
    try (RawPeer odd = registered(1, "%23100", "desk")) {
      alice.send(request("OPTIONS", "sip:%23100@contoso.test", "alice", "x", 2, "e"));
      assertThat(odd.readMessage()).startsWith("OPTIONS sip:%23100@192.0.2.7:9");
    }
  }

  @Test
  @Requirement({"CLU-2", "CLU-8"})
  void anEntryWhoseFlowIsGoneIsForgottenAndTheUsersOtherDeviceRings() throws Exception {
    RawPeer mobile = registered(1, "bob", "mobile");
    String stale = entry("bob", "mobile");
    mobile.close();
    await(() -> entry("bob", "mobile").contains("||"), "the mobile has left");
    // Redis may have lost the last words about it.
    redis.ask("hset", key("bob"), "mobile", stale);
    alice.send(request("OPTIONS", "sip:bob@contoso.test", "alice", "bob", 2, "o"));
    // Only the device that registered last is asked, and that one has gone.
    assertThat(alice.readMessage()).matches("(?s)SIP/2.0 4[38]0.*");
    await(() -> entry("bob", "mobile").contains("||"), "the entry is forgotten");
    redis.ask("hset", key("bob"), "mobile", stale);
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", 3, "f", contact("alice")));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
    String invite = bob.readMessage();
    bob.send(response("200 OK", invite, contact("bob")));
    String answer = alice.readMessage();
    assertThat(answer).startsWith("SIP/2.0 200");
    await(() -> entry("bob", "mobile").contains("||"), "the entry is forgotten again");
    assertThat(entry("bob", "desk")).doesNotContain("||");
  }

  @Test
  @Requirement("CLU-8")
  void aRouteWithATokenThatTheProxyDidNotMakeLeadsNowhere() throws Exception {
    String flow = entry("bob", "desk").split("\\|", -1)[3];
    String forged = (flow.charAt(0) == 'A' ? "B" : "A") + flow.substring(1);
    String hop = "@127.0.0.1:" + ports.get(1) + ";transport=" + transport + ";lr>";
    alice.send(
        request("OPTIONS", target("bob"), "alice", "bob", 4, "t", "Route: <sip:" + forged + hop));
    assertThat(alice.readMessage()).matches("(?s)SIP/2.0 4.*");
  }

  @Test
  @Requirement({"CLU-1", "CLU-3"})
  void theStatusPageAndARecordingShowHowTheDirectoryStands() throws Exception {
    Matcher http = Pattern.compile("http (\\S+)").matcher(proxies.get(1).output());
    assertThat(http.find()).isTrue();
    int page = Integer.parseInt(http.group(1).substring(http.group(1).lastIndexOf(':') + 1));
    try (Socket browser = new Socket(InetAddress.getLoopbackAddress(), page)) {
      String get = "GET /events HTTP/1.1\r\nHost: 127.0.0.1:" + page + "\r\n\r\n";
      browser.getOutputStream().write(get.getBytes(StandardCharsets.UTF_8));
      browser.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      String state =
          new BufferedReader(
                  new InputStreamReader(browser.getInputStream(), StandardCharsets.UTF_8))
              .lines()
              .filter(line -> line.startsWith("data:"))
              .findFirst()
              .orElseThrow();
      assertThat(state)
          .contains("contoso.test, node localhost:" + ports.get(1))
          .contains("[\"proxies\",2]", "[\"endpoints held\",", "[\"waiting to be sent\",")
          .contains("[\"claims\",", "[\"moved away\",", "[\"lease ends in ms\",");
    }
    Path file = folder.resolve("directory.jfr");
    String process = String.valueOf(proxies.get(1).pid());
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    ExternalProcess.run(List.of(jcmd, process, "JFR.start", "name=directory"));
    String epoch = entry("bob", "desk").split("\\|", -1)[0];
    List<RecordedEvent> displaced = new ArrayList<>();
    try (RawPeer moved = registered(0, "bob", "desk")) {
      assertThat(moved.socket().isConnected()).isTrue();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (displaced.isEmpty() && System.nanoTime() < end) {
        ExternalProcess.run(
            List.of(jcmd, process, "JFR.dump", "name=directory", "filename=" + file));
        RecordingFile.readAllEvents(file).stream()
            .filter(e -> e.getEventType().getName().endsWith("EndpointDisplaced"))
            .forEach(displaced::add);
      }
      ExternalProcess.run(List.of(jcmd, process, "JFR.stop", "name=directory"));
    }
    assertThat(displaced).hasSize(1);
    assertThat(displaced.get(0).getLong("epoch")).isEqualTo(Long.parseLong(epoch));
    assertThat(displaced.get(0).getString("newerNode")).isEqualTo("127.0.0.1:" + ports.get(0));
  }
}
