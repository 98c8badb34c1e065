package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The status page of the sample proxy in a real browser. */
@RealPeers(packages = {"chromium", "chromium-driver", "dnsmasq-base"})
class StatusPageInteropTest {

  private static final Path PICTURES = Path.of("target", "status-page");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String TAB = "\uE004";
  private static final String ENTER = "\uE007";
  private static final int PHONE = 390;
  private static final String OUTCOME = "document.querySelector('#outcome').innerText";
  private static final String BARS =
      "Array.from(document.querySelectorAll('#time li')).map(li => { const r ="
          + " li.querySelector('rect'); return { what: li.querySelector('.what').textContent,"
          + " how: li.querySelector('.how').textContent, kind: r.getAttribute('class') || '',"
          + " x: Number(r.getAttribute('x')), width: Number(r.getAttribute('width')),"
          + " pixels: r.getBoundingClientRect().width }; })";
  private static final String HOSTILE = "<img src=x onerror=document.title='owned'>";

  @TempDir private static Path profiles;
  private static Chromium browser;

  @TempDir private Path folder;
  private ExternalProcess proxy;
  private RawPeer peer;
  private int dnsPort;
  private String page = "";

  @BeforeAll
  static void startBrowser() throws Exception {
    browser = new Chromium(profiles);
  }

  @AfterAll
  static void stopBrowser() throws Exception {
    browser.close();
  }

  @BeforeEach
  void start() throws Exception {
    dnsPort = Stacks.freePort();
    proxy =
        ExternalProcess.start(
            "proxy",
            folder,
            Map.of(),
            Samples.command(
                "proxy",
                "--domain",
                "contoso.test",
                "--tcp",
                "0",
                "--http",
                "0",
                "--set",
                "DNS_SERVERS=127.0.0.1:" + dnsPort,
                "--set",
                "DNS_TIMEOUT=1"));
    List<String> ready = List.of(proxy.awaitLine("ready tcp ").split(" ", -1));
    int port = Integer.parseInt(ready.get(2).substring(ready.get(2).lastIndexOf(':') + 1));
    peer = RawPeer.connect(port);
    browser.device(1280, 800, false);
    browser.scheme("light");
    page = "http://" + ready.get(4) + "/";
    browser.open(page);
    // What the browser said of a proxy that has stopped is no complaint about this one.
    browser.complaints();
  }

  @AfterEach
  void stop() throws Exception {
    try (ExternalProcess running = proxy) {
      assertThat(running).isNotNull();
      peer.close();
    }
  }

  private void awaitTrue(String expression) {
    await(expression).atMost(PATIENCE).until(() -> browser.eval(expression).asBoolean());
  }

  private void register() throws Exception {
    peer.send(
        String.join(
            "\r\n",
            "REGISTER sip:contoso.test SIP/2.0",
            "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKpage",
            "From: <sip:alice@contoso.test>;tag=1;epid=\"" + HOSTILE + "\"",
            "To: <sip:alice@contoso.test>",
            "Call-ID: page",
            "CSeq: 1 REGISTER",
            "Contact: <sip:alice@127.0.0.1:9;transport=tcp>",
            "Expires: 600",
            "Max-Forwards: 70",
            "Ms-Keep-Alive: UAC;hop-hop=yes",
            "Content-Length: 0",
            "",
            ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
  }

  @Test
  void aConnectionIsShownLiveUntilItEnds() throws Exception {
    awaitTrue("document.querySelectorAll('#rows tr').length === 1");
    assertThat(browser.eval("document.querySelector('#rows').innerText").asText())
        .contains("from 127.0.0.1:", "no user yet", "not negotiated", "closes without success in");
    register();
    awaitTrue("document.querySelector('#rows').innerText.includes('sip:alice@contoso.test')");
    awaitTrue("document.querySelector('#rows').innerText.includes('T = 300 s (ms)')");
    awaitTrue("/gives up in 5 min 2\\d s/.test(document.querySelector('#rows').innerText)");
    peer.send("\r\n\r\n");
    awaitTrue("document.querySelector('#counts').innerText.includes('keep-alives received')");
    peer.send(HOSTILE + "\r\n\r\n");
    peer.close();
    awaitTrue("document.querySelectorAll('#rows tr').length === 0");
    awaitTrue("document.querySelectorAll('#log li').length === 1");
    assertThat(browser.eval("document.title").asText()).isEqualTo("Sample proxy: connections");
    assertThat(browser.eval("document.images.length").asInt()).isZero();
    proxy.close();
    awaitTrue("document.querySelector('#link').className === 'lost'");
  }

  @Test
  void everythingCanBeDoneWithTheKeyboard() throws Exception {
    register();
    awaitTrue("document.querySelectorAll('#rows button').length === 1");
    browser.type(TAB);
    assertThat(browser.eval("document.activeElement.href").asText()).isEqualTo(page + "discovery");
    browser.type(TAB + "alice" + TAB + TAB + TAB);
    assertThat(browser.eval("document.activeElement.textContent").asText()).isEqualTo("Show");
    double left = columnOf("td.keep");
    browser.type(ENTER);
    awaitTrue("document.activeElement.getAttribute('aria-expanded') === 'true'");
    awaitTrue("document.querySelector('#rows ol').innerText.includes('established')");
    assertThat(columnOf("td.keep")).as("the column of keep-alive").isEqualTo(left);
    // The rows are renewed all the time; whoever stands in one must not lose his place.
    browser.eval("window.seen = document.querySelector('#rows ol').innerText");
    awaitTrue("document.querySelector('#rows ol').innerText !== window.seen");
    assertThat(browser.eval("document.activeElement.textContent").asText()).isEqualTo("Hide");
    browser.open(page + "discovery");
    browser.type(TAB + TAB + "contoso.test" + ENTER);
    awaitTrue("document.querySelector('#outcome').innerText.includes('DNS gave no good answer')");
    assertThat(browser.eval("document.querySelectorAll('#time li').length").asInt())
        .isGreaterThanOrEqualTo(5);
    assertThat(browser.eval("document.querySelector('#time').innerText").asText())
        .contains("_sipinternaltls._tcp.contoso.test", "lookup failed");
    awaitTrue("!document.querySelector('#go').disabled");
  }

  @Test
  void aDiscoveryThatSucceedsIsDrawnAsItsTimeLineOnAPhoneByKeyboardAlone() throws Exception {
    browser.device(PHONE, 844, true);
    int closedPort = Stacks.freePort();
    try (ServerSocket outbound = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ExternalProcess dnsmasq =
            Dnsmasq.start(null, folder, zone(closedPort, outbound.getLocalPort()))) {
      browser.open(page + "discovery");
      browser.type(TAB + TAB + "contoso.test");
      assertThat(browser.eval("document.activeElement.id").asText()).isEqualTo("domain");
      browser.type(TAB);
      assertThat(browser.eval("document.activeElement.id").asText()).isEqualTo("go");
      browser.type(ENTER);
      awaitTrue("document.querySelector('#outcome').className === 'good'");
      assertThat(browser.eval(OUTCOME).asText())
          .as(dnsmasq.output())
          .matches("Found 127\\.0\\.0\\.1:" + outbound.getLocalPort() + "/TCP after \\d+ ms");
    }
    int wholeMillis = browser.eval("Number(/after (\\d+) ms/.exec(" + OUTCOME + ")[1])").asInt();
    JsonNode bars = browser.eval(BARS);
    assertThat(texts(bars, "what"))
        .contains("_sipinternaltls._tcp.contoso.test", "_sipinternal._tcp.contoso.test")
        .endsWith(
            "proxy.contoso.test:" + closedPort + " TCP", "alias.contoso.test:" + openPort(bars));
    JsonNode refused = bars.get(bars.size() - 2);
    JsonNode connected = bars.get(bars.size() - 1);
    assertThat(refused.get("kind").asText()).isEqualTo("bad");
    assertThat(refused.get("how").asText()).startsWith("connect failed 127.0.0.1:");
    assertThat(connected.get("kind").asText()).isEqualTo("good");
    assertThat(connected.get("how").asText()).startsWith("connected 127.0.0.1:");
    standsWhereItsTextSays(refused, wholeMillis);
    standsWhereItsTextSays(connected, wholeMillis);
    for (JsonNode bar : bars) {
      // In the thousandths of the whole that its times in the text are, and visible.
      assertThat(bar.get("x").asDouble()).as(bar.toString()).isBetween(0.0, 1000.0);
      assertThat(bar.get("width").asDouble()).as(bar.toString()).isBetween(4.0, 1000.0);
      assertThat(bar.get("pixels").asDouble()).as(bar.toString()).isPositive();
    }
    JsonNode found = bar(bars, "_sipinternal._tcp.contoso.test");
    assertThat(found.get("kind").asText()).isEqualTo("good");
    assertThat(found.get("how").asText())
        .contains("records", " ms: 5 0 " + closedPort, "; 10 0 ", "alias.contoso.test");
    assertThat(bar(bars, "_sipinternaltls._tcp.contoso.test").get("how").asText())
        .startsWith("no such service");
    browser.picture(PICTURES.resolve("found-" + PHONE + ".png"));
    awaitTrue("innerWidth === " + PHONE);
    assertThat(browser.eval("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(PHONE);
    awaitTrue("!document.querySelector('#go').disabled");
    nothingWasLoadedFromElsewhereNorComplainedAbout();
  }

  private static void standsWhereItsTextSays(JsonNode bar, int wholeMillis) {
    Matcher times = Pattern.compile(", (\\d+) to (\\d+) ms").matcher(bar.get("how").asText());
    assertThat(times.find()).as(bar.toString()).isTrue();
    double from = 1000.0 * Integer.parseInt(times.group(1)) / wholeMillis;
    double to = 1000.0 * Integer.parseInt(times.group(2)) / wholeMillis;
    assertThat(from).as(bar.toString()).isPositive();
    assertThat(bar.get("x").asDouble()).isEqualTo(from, within(0.1));
    assertThat(bar.get("width").asDouble()).isEqualTo(Math.max(4, to - from), within(0.1));
  }

  private static JsonNode bar(JsonNode bars, String what) {
    for (JsonNode bar : bars) {
      if (bar.get("what").asText().equals(what)) {
        return bar;
      }
    }
    throw new AssertionError("No bar " + what + " in " + bars);
  }

  private static String openPort(JsonNode bars) {
    String[] last = bars.get(bars.size() - 1).get("how").asText().split("[ ,]", -1);
    return last[1].substring(last[1].lastIndexOf(':') + 1) + " TCP";
  }

  private static List<String> texts(JsonNode bars, String key) {
    return bars.findValuesAsText(key);
  }

  private List<String> zone(int closedPort, int openPort) {
    String internal = "--srv-host=_sipinternal._tcp.contoso.test,";
    return List.of(
        "--port=" + dnsPort,
        "--listen-address=127.0.0.1",
        "--local=/test/",
        internal + "alias.contoso.test," + openPort + ",10,0",
        internal + "proxy.contoso.test," + closedPort + ",5,0",
        "--host-record=proxy.contoso.test,127.0.0.1",
        "--cname=alias.contoso.test,proxy.contoso.test");
  }

  @Test
  void itFitsAPhoneAndADesktopInBothSchemesAndLoadsNothingFromElsewhere() throws Exception {
    register();
    awaitTrue("document.querySelector('#rows').innerText.includes('sip:alice@contoso.test')");
    browser.eval("document.querySelector('#rows button').click()");
    awaitTrue("document.querySelectorAll('#rows ol li').length > 2");
    fits("connections");
    browser.open(page + "discovery");
    browser.eval("document.querySelector('#domain').value = 'contoso.test'");
    browser.eval("document.querySelector('#go').click()");
    awaitTrue("document.querySelectorAll('#time li').length > 5");
    fits("discovery");
    nothingWasLoadedFromElsewhereNorComplainedAbout();
  }

  private void fits(String name) throws Exception {
    String[] grounds = new String[2];
    for (int i = 0; i < 2; i++) {
      String scheme = i == 0 ? "light" : "dark";
      browser.scheme(scheme);
      for (int width : new int[] {360, PHONE, 1280}) {
        browser.device(width, 800, width < 500);
        browser.picture(PICTURES.resolve(name + "-" + scheme + "-" + width + ".png"));
        // A phone makes its window wider than the screen when something does not fit.
        awaitTrue("innerWidth === " + width);
        assertThat(browser.eval("document.documentElement.scrollWidth").asInt())
            .isLessThanOrEqualTo(width);
      }
      grounds[i] = browser.eval("getComputedStyle(document.body).backgroundColor").asText();
    }
    assertThat(grounds[0]).isNotEqualTo(grounds[1]);
  }

  private double columnOf(String cell) throws Exception {
    return browser
        .eval("document.querySelector('#rows " + cell + "').getBoundingClientRect().left")
        .asDouble();
  }

  @Test
  void manyConnectionsAreFilteredSortedAndPagedByTheServer() throws Exception {
    register();
    List<RawPeer> others = new ArrayList<>();
    try {
      for (int i = 0; i < 120; i++) {
        others.add(RawPeer.connect(peer.socket().getPort()));
      }
      awaitTrue("document.querySelector('#where').innerText === 'page 1 of 3'");
      awaitTrue("document.querySelectorAll('#rows tr').length === 50");
      browser.eval("document.querySelector('#forth').click()");
      awaitTrue("document.querySelector('#where').innerText === 'page 2 of 3'");
      awaitTrue("!document.querySelector('#rows').innerText.includes('alice')");
      browser.eval("document.querySelector('#text').focus()");
      browser.type("ALICE");
      awaitTrue("document.querySelectorAll('#rows tr').length === 1");
      assertThat(browser.eval("document.querySelector('#shown').innerText").asText())
          .isEqualTo("1 of 121 open connections");
      browser.picture(PICTURES.resolve("filtered-1280.png"));
    } finally {
      for (RawPeer other : others) {
        other.close();
      }
    }
  }

  private void nothingWasLoadedFromElsewhereNorComplainedAbout() throws Exception {
    JsonNode elsewhere =
        browser.eval(
            "performance.getEntriesByType('resource').map(e => e.name)"
                + ".filter(name => !name.startsWith(location.origin))");
    assertThat(elsewhere).isEmpty();
    assertThat(browser.complaints()).isEmpty();
  }
}
