package net.conmgmt.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.samples.demo.DnsServer;
import net.conmgmt.samples.testing.Ports;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What {@code discover} prints. */
class DiscoverCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private DnsServer dns;
  private ServerSocket proxy;

  @BeforeEach
  void start() throws Exception {
    proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    dns =
        new DnsServer(
            DnsServer.loopback("proxy.contoso.test"),
            DnsServer.srv("_sipinternaltls._tcp.contoso.test", 0, 0, "."),
            DnsServer.srv("_sipinternal._tcp.contoso.test", 0, Ports.free(), "no.test"),
            DnsServer.srv(
                "_sipinternal._tcp.contoso.test", 1, proxy.getLocalPort(), "proxy.contoso.test"));
  }

  @AfterEach
  void stop() throws Exception {
    dns.close();
    proxy.close();
  }

  @Test
  void theReportIsATableThatAPersonReads() {
    assertThat(discover("sip:alice@contoso.test")).as(err.toString()).isZero();
    assertThat(out.toString().replaceAll("[0-9]+(-[0-9]+)? ms", "N ms").replaceAll(" +", " "))
        .contains("domain contoso.test")
        .contains("_sipinternaltls._tcp.contoso.test NO_SUCH_SERVICE N ms")
        .contains("not used: 0 0 0 .: the target . says that there is no such service (RFC 2782)")
        .contains("_sipinternal._tcp.contoso.test RECORDS N ms")
        .contains("1 0 " + proxy.getLocalPort() + " proxy.contoso.test")
        .contains("DHCP option 120 NOT_ASKED N ms switched off by net.conmgmt.sip.DHCP")
        .contains("LOOKUP_FAILED N ms address look-up failed: no such name (NXDOMAIN)")
        .contains("127.0.0.1:" + proxy.getLocalPort() + " CONNECTED N ms")
        .contains("outbound proxy 127.0.0.1:" + proxy.getLocalPort() + "/TCP");
  }

  @Test
  void theReportIsOneObjectOfRealJsonWithEverythingInIt() throws Exception {
    assertThat(discover("sip:alice@contoso.test", "--json")).as(err.toString()).isZero();
    JsonNode report = parse();
    assertThat(names(report))
        .containsExactly(
            "domain",
            "queries",
            "candidates",
            "attempts",
            "chosen",
            "chosenCandidate",
            "failure",
            "millis");
    assertThat(report.get("queries")).hasSize(5);
    assertThat(names(report.get("queries").get(0)))
        .containsExactly("name", "result", "records", "rejected", "detail", "millis");
    assertThat(report.get("candidates")).hasSize(8);
    assertThat(names(report.get("attempts").get(0)))
        .containsExactly("candidate", "address", "outcome", "detail", "startMillis", "endMillis");
    assertThat(report.get("attempts")).hasSize(2);
    assertThat(report.get("chosen").asText())
        .isEqualTo("127.0.0.1:" + proxy.getLocalPort() + "/TCP");
    assertThat(report.get("failure").isNull()).isTrue();
    assertThat(report.get("millis").isIntegralNumber()).isTrue();
  }

  @Test
  void aFailureHasAReportTooAndAnExitStatus() throws Exception {
    assertThat(discover("sip:alice@nothing.test", "--json")).isEqualTo(1);
    JsonNode report = parse();
    assertThat(report.get("chosen").isNull()).isTrue();
    assertThat(report.get("failure").asText())
        .startsWith("DNS has no SRV record for SIP in nothing.test");
    assertThat(report.get("attempts")).hasSize(6);
    assertThat(err.toString())
        .contains("discover: no outbound proxy of nothing.test: DNS has no SRV");
  }

  private JsonNode parse() throws Exception {
    return new ObjectMapper()
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .readTree(out.toString());
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private int discover(String... arguments) {
    List<String> all = new ArrayList<>(List.of("discover", "--dns", dns.property()));
    all.addAll(List.of(arguments));
    CommandLine line = Main.commandLine(new Main());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true));
    return line.execute(all.toArray(new String[0]));
  }
}
