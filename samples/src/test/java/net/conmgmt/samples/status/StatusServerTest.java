package net.conmgmt.samples.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sip.SipStack;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The status page's server, over HTTP. */
@Execution(ExecutionMode.CONCURRENT)
class StatusServerTest {

  private static final String LOOPBACK = "127.0.0.1";

  private final HttpClient client = HttpClient.newHttpClient();
  private int sipPort;
  private SipStack stack;
  private StatusServer server;

  @BeforeEach
  void start() throws Exception {
    sipPort = Ports.free();
    StackBuilder properties = new StackBuilder("proxy.properties");
    properties.setIfGiven("net.conmgmt.sip.FLIGHT_RECORDER", "on");
    // Nobody answers DNS there, so a discovery fails by itself.
    properties.setIfGiven("net.conmgmt.sip.DNS_SERVERS", LOOPBACK + ":" + Ports.free());
    properties.setIfGiven("net.conmgmt.sip.DNS_TIMEOUT", "1");
    stack = properties.build();
    stack.createSipProvider(stack.createListeningPoint(LOOPBACK, sipPort, "tcp"));
    stack.start();
    server =
        new StatusServer(
            "tested", stack, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void stop() {
    server.close();
    stack.stop();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://" + LOOPBACK + ":" + server.address().getPort() + path));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(to(path).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> discover(
      String domain, @Nullable String token, @Nullable String origin) throws Exception {
    HttpRequest.Builder request = to("/discover").POST(BodyPublishers.ofString(domain));
    if (token != null) {
      request.header("X-Token", token);
    }
    if (origin != null) {
      request.header("Origin", origin);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private String token() throws Exception {
    Matcher matcher =
        Pattern.compile("name=\"token\" content=\"([0-9a-f]{32})\"")
            .matcher(get("/discovery").body());
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  @Test
  void thePageAllowsNothingButItsOwnScriptAndStyle() throws Exception {
    HttpResponse<String> first = get("/");
    String policy = first.headers().firstValue("Content-Security-Policy").orElseThrow();
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(policy)
        .startsWith("default-src 'none'; script-src 'nonce-")
        .contains("connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
        .doesNotContain("unsafe");
    String nonce = policy.substring(policy.indexOf("nonce-") + 6).split("'", 2)[0];
    assertThat(first.body())
        .contains("<script nonce=\"" + nonce + "\">", "<style nonce=\"" + nonce + "\">")
        .doesNotContain("{{")
        .doesNotContainPattern("(src|href)=\"(?!data:,\"|discovery\")");
    assertThat(get("/").headers().firstValue("Content-Security-Policy").orElseThrow())
        .isNotEqualTo(policy);
  }

  @Test
  void whatPeersSayReachesThePageAsTextInLiveEvents() throws Exception {
    HttpResponse<Stream<String>> events =
        client.send(to("/events").build(), BodyHandlers.ofLines());
    Iterator<String> lines = events.body().iterator();
    assertThat(lines.next()).contains("\"proxy\":\"tested\",\"version\":", "\"total\":0");
    try (RawPeer peer = RawPeer.connect(sipPort)) {
      peer.send("\r\n\r\n");
      String state = nextWith(lines, "\"total\":1");
      assertThat(state)
          .contains("\"side\":\"PROXY\",\"peer\":\"127.0.0.1:")
          .contains("\"users\":[],\"endpoints\":[],\"state\":\"UNPROVEN\",\"ageMillis\":")
          .contains("\"timeoutSeconds\":0,\"grants\":[],\"timers\":{\"connectionMillis\":")
          .doesNotContain("\"events\"");
      peer.send("</script><script>alert(1)</script>\r\n\r\n");
    }
    String state = nextWith(lines, "\"ended\":[{\"agoMillis\":");
    assertThat(state).contains("\"total\":0");
  }

  @Test
  void theServerFiltersSortsAndPages() throws Exception {
    List<RawPeer> peers = new ArrayList<>();
    try {
      for (int i = 0; i < StatusView.PAGE_SIZE + 2; i++) {
        peers.add(RawPeer.connect(sipPort));
      }
      String all = "\"total\":" + peers.size();
      assertThat(first("", all)).contains("\"page\":0,\"pages\":2");
      assertThat(first("?page=1", all).split(SIDE, -1)).hasSize(3);
      assertThat(first("?page=99&sort=NEWEST&state=KEPT", all))
          .contains("\"matching\":0,\"page\":0,\"pages\":1");
      String mine = "127.0.0.1:" + peers.get(3).socket().getLocalPort();
      assertThat(first("?text=" + mine, all)).contains("\"matching\":1,").contains(mine + "/TCP");
      for (String query : List.of("?page=x", "?sort=BEST", "?state=GOOD", "?open=1,a")) {
        assertThat(get("/events" + query).statusCode()).as(query).isEqualTo(400);
      }
    } finally {
      for (RawPeer peer : peers) {
        peer.close();
      }
    }
  }

  private static final String SIDE = "\"side\":\"PROXY\"";

  /** The first event of that view that has the text. */
  private String first(String query, String text) throws Exception {
    HttpResponse<Stream<String>> events =
        client.send(to("/events" + query).build(), BodyHandlers.ofLines());
    try (Stream<String> lines = events.body()) {
      return nextWith(lines.iterator(), text);
    }
  }

  private static String nextWith(Iterator<String> lines, String text) {
    while (true) {
      String line = lines.next();
      if (line.contains(text)) {
        return line;
      }
    }
  }

  @Test
  void aDiscoveryIsDoneForThePageAlone() throws Exception {
    String own = "http://" + LOOPBACK + ":" + server.address().getPort();
    assertThat(discover("contoso.test", null, null).statusCode()).isEqualTo(403);
    assertThat(discover("contoso.test", "0".repeat(32), null).statusCode()).isEqualTo(403);
    assertThat(discover("contoso.test", token(), "http://evil.test").statusCode()).isEqualTo(403);
    HttpResponse<String> report = discover("contoso.test", token(), own);
    assertThat(report.statusCode()).isEqualTo(200);
    assertThat(report.body())
        .startsWith("{\"domain\":\"contoso.test\",\"queries\":[{\"name\":\"_sipinternaltls")
        .contains("\"failure\":\"DNS gave no good answer to any query: 127.0.0.1:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a;b", "<b>", "127.0.0.1", "\r\nX: y", "ä.test"})
  void whatIsNoDomainIsRefused(String domain) throws Exception {
    HttpResponse<String> answer = discover(domain, token(), null);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("{\"error\":\"");
  }

  @Test
  void aNameThatOnlyDnsConnectsWithThisMachineIsRefused() throws Exception {
    for (String host : new String[] {"evil.test", "evil.test:" + server.address().getPort()}) {
      assertThat(statusFor(host)).contains(" 421 ");
    }
    assertThat(statusFor("LOCALHOST:1")).contains(" 200 ");
    assertThat(statusFor("[::1]:80")).contains(" 200 ");
  }

  private String statusFor(String host) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return String.valueOf(in.readLine());
    }
  }

  @Test
  void whatARequestAndAnAnswerMayTakeIsBoundedUnlessItIsSetAlready() {
    String request = "sun.net.httpserver.maxReqTime";
    String answer = "sun.net.httpserver.maxRspTime";
    assertThat(System.getProperty(request)).isEqualTo("10");
    assertThat(System.getProperty(answer)).isEqualTo("120");
    System.setProperty(request, "7");
    try {
      StatusServer.boundTimes();
      assertThat(System.getProperty(request)).isEqualTo("7");
    } finally {
      System.setProperty(request, "10");
    }
  }

  @Test
  void anAnswerToHeadHasNoBody() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      socket
          .getOutputStream()
          .write(
              "HEAD / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(all).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
      assertThat(all.toLowerCase(Locale.ROOT)).contains("content-length: ");
    }
  }

  @Test
  void prometheusReadsItsMetricsAndWhetherItServes() throws Exception {
    assertThat(get("/metrics").body()).contains("conmgmt_connections{stack=\"");
    assertThat(get("/health").body()).isEqualTo("serving\n");
    server.draining();
    assertThat(get("/health").body()).isEqualTo("draining\n");
    assertThat(get("/health").statusCode()).isEqualTo(503);
  }

  @Test
  void thereIsNothingElse() throws Exception {
    assertThat(get("/close").statusCode()).isEqualTo(404);
    assertThat(get("/discover").statusCode()).isEqualTo(405);
    assertThat(get("/discover").headers().firstValue("Allow")).contains("POST");
  }
}
