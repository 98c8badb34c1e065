package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of README, of the pages on operating and on several proxies, and of the systemd unit
 * as they stand there, but for ports, which may be taken, and the folder. What {@code samples/run}
 * is given is run by its main class.
 */
class CommandsOfPagesInteropTest {

  private static final Path README = Path.of("README.md");
  private static final Path OPERATING = Path.of("src/site/markdown/operating.md");
  private static final Path SEVERAL = Path.of("src/site/markdown/several-proxies.md");
  private static final Path UNIT = Path.of("samples/jain-sip-conmgmt-proxy.service");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path JDK = Path.of(System.getProperty("java.home"), "bin");

  @TempDir private Path folder;

  /** The words of the only command on the page that begins so. */
  private static List<String> command(Path page, String start) throws IOException {
    List<String> commands =
        Files.readAllLines(page).stream()
            .filter(line -> line.startsWith("    " + start))
            .map(String::strip)
            .toList();
    assertThat(commands).as("%s in %s", start, page).hasSize(1);
    return List.of(commands.get(0).replace("'", "").split(" +", -1));
  }

  private ExternalProcess sample(List<String> words, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(words.subList(1, words.size()));
    arguments.addAll(List.of(more));
    return Samples.start(words.get(1), folder, arguments.toArray(new String[0]));
  }

  /** A command of the JDK with the process and the file in their places. */
  private void jdk(String start, ExternalProcess process) throws IOException {
    List<String> words = new ArrayList<>(command(OPERATING, start));
    words.set(0, JDK.resolve(words.get(0)).toString());
    words.replaceAll(word -> word.equals("PID") ? String.valueOf(process.pid()) : word);
    words.replaceAll(word -> word.replace("sip.jfr", folder.resolve("sip.jfr").toString()));
    ExternalProcess.run(words);
  }

  @Test
  void theProxyTheUserAgentAndTheRecordingOfFlightDoWhatThePagesSay() throws Exception {
    List<String> proxyCommand = new ArrayList<>(command(README, "samples/run proxy"));
    proxyCommand.replaceAll(word -> word.equals("5060") ? "0" : word);
    try (ExternalProcess proxy = sample(proxyCommand)) {
      String ready = proxy.awaitLine("ready tcp ");
      String address = ready.split(" ", -1)[2];
      jdk("jcmd PID JFR.start", proxy);

      List<String> userAgent = new ArrayList<>(command(README, "samples/run ua"));
      userAgent.replaceAll(word -> word.replace("127.0.0.1:5060", address));
      try (ExternalProcess agent = sample(userAgent)) {
        agent.awaitLine("registered sip:alice@contoso.test at " + address);
      }

      List<String> print = new ArrayList<>(command(OPERATING, "jfr print"));
      print.set(0, JDK.resolve("jfr").toString());
      print.replaceAll(word -> word.replace("sip.jfr", folder.resolve("sip.jfr").toString()));
      // The end of the connection comes to the proxy a little later.
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                jdk("jcmd PID JFR.dump", proxy);
                assertThat(ExternalProcess.run(print))
                    .contains("net.conmgmt.sip.ConnectionEstablished")
                    .contains("net.conmgmt.sip.KeepAliveNegotiated")
                    .contains("net.conmgmt.sip.ConnectionClosed");
              });
    }
  }

  @Test
  void theProxyIsCheckedAndItsStatusPageServes() throws Exception {
    List<String> check = command(OPERATING, "samples/run proxy --domain contoso.test --check");
    try (ExternalProcess checking = sample(check, "--tcp", "0")) {
      assertThat(checking.awaitEnd()).as(checking.output()).isZero();
    }
    List<String> http =
        new ArrayList<>(command(OPERATING, "samples/run proxy --domain contoso.test --http"));
    http.replaceAll(word -> word.equals("8080") ? "0" : word);
    try (ExternalProcess proxy = sample(http, "--tcp", "0")) {
      String page = proxy.awaitLine("ready tcp ").split(" ", -1)[4];
      HttpClient client = HttpClient.newHttpClient();
      for (String path : List.of("/", "/metrics", "/health")) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + page + path)).build();
        assertThat(client.send(request, BodyHandlers.discarding()).statusCode())
            .as(path)
            .isEqualTo(200);
      }
    }
  }

  @Test
  @RealPeers(packages = RedisServer.PACKAGE)
  void aMessageForAUserOfOneOfTwoProxiesIsDeliveredByTheOtherAndRedisShowsWhoHoldsHim()
      throws Exception {
    try (RedisServer redis = RedisServer.start(folder);
        ExternalProcess first = sample(clustered("5060", redis));
        ExternalProcess second = sample(clustered("5070", redis));
        RawPeer alice = RawPeer.connect(port(first));
        RawPeer bob = RawPeer.connect(port(second))) {
      alice.send(RawRequest.register("alice"));
      assertThat(alice.readMessage()).startsWith("SIP/2.0 200");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(redisCli(redis, "hgetall"))
                      .contains("|127.0.0.1:" + port(first) + "|", "sip:alice@192.0.2.7:9"));

      bob.send(RawRequest.message("bob", "alice", "Are you there?"));
      assertThat(alice.readMessage()).startsWith("MESSAGE ").contains("From: <sip:bob@");

      assertThat(redisCli(redis, "zrange")).hasLineCount(4);
    }
  }

  private static List<String> clustered(String port, RedisServer redis) throws IOException {
    List<String> words =
        new ArrayList<>(command(SEVERAL, "samples/run proxy --domain contoso.test --tcp " + port));
    words.replaceAll(word -> word.equals(port) ? "0" : word.replace(":6379", ":" + redis.port()));
    return words;
  }

  private static int port(ExternalProcess proxy) throws IOException {
    return Integer.parseInt(
        proxy.awaitLine("ready tcp ").replaceAll(".*ready tcp \\S+:(\\d+).*", "$1"));
  }

  /** Runs the only command in the page's text that begins so. */
  private static String redisCli(RedisServer redis, String start) throws IOException {
    Matcher command =
        Pattern.compile("`redis-cli (" + start + "[^`]*)`").matcher(Files.readString(SEVERAL));
    assertThat(command.find()).as("redis-cli %s in %s", start, SEVERAL).isTrue();
    List<String> words =
        new ArrayList<>(List.of("redis-cli", "-p", Integer.toString(redis.port())));
    words.addAll(
        List.of(
            command
                .group(1)
                .replace("'", "")
                .replace("contoso.com", "contoso.test")
                .split(" +", -1)));
    return ExternalProcess.run(words);
  }

  @Test
  void theCommandsOfTheSystemdUnitAreGood() throws Exception {
    List<String> check = unit("ExecStartPre");
    try (ExternalProcess checking = sample(check, "--tcp", "0")) {
      assertThat(checking.awaitEnd()).as(checking.output()).isZero();
    }
    List<String> start = new ArrayList<>(unit("ExecStart"));
    start.replaceAll(word -> word.equals("8080") ? "0" : word);
    try (ExternalProcess proxy = sample(start, "--tcp", "0")) {
      proxy.awaitLine("ready tcp 0.0.0.0:");
    }
    int drain = Integer.parseInt(start.get(start.indexOf("--drain") + 1));
    assertThat(Integer.parseInt(String.join("", unit("TimeoutStopSec")))).isGreaterThan(drain + 10);
  }

  /** The words of a line of the unit. */
  private static List<String> unit(String name) throws IOException {
    return Files.readAllLines(UNIT).stream()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> List.of(line.substring(name.length() + 1).split(" +", -1)))
        .findFirst()
        .orElseThrow();
  }
}
