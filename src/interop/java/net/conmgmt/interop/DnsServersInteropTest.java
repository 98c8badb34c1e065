package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code samples/run discover} and the DNS servers that are in use. */
class DnsServersInteropTest {

  private static final int MANY = 200;

  @TempDir private Path folder;
  private ServerSocket proxy;
  private int dnsPort;
  private int closedPort;

  @BeforeEach
  void listen() throws IOException {
    proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    dnsPort = Stacks.freePort();
    closedPort = Stacks.freePort();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
  }

  @RealPeers(packages = "bind9")
  @Requirement({"DISC-2", "DISC-3", "DISC-11"})
  @Test
  void bind9LeadsToTheProxy() throws Exception {
    try (ExternalProcess named = Bind9.start(folder, dnsPort, zones())) {
      theProxyIsFound();
      manyRecordsArrive();
      assertThat(named.output()).contains("running");
    }
  }

  @RealPeers(packages = "dnsmasq-base")
  @Requirement({"DISC-2", "DISC-3", "DISC-11"})
  @Test
  void dnsmasqLeadsToTheProxy() throws Exception {
    try (ExternalProcess dnsmasq = Dnsmasq.start(null, folder, dnsmasqOptions())) {
      theProxyIsFound();
      manyRecordsArrive();
      assertThat(dnsmasq.output()).contains("started");
    }
  }

  @RealPeers(packages = "bind9")
  @Requirement("DISC-7")
  @Test
  void bind9AnswersWithEachKindOfFailureAndTheReportTellsThemApart() throws Exception {
    try (ExternalProcess named = Bind9.start(folder, dnsPort, zones())) {
      theFailureIs("unknown.example", "REFUSED");
      theFailureIs("broken.test", "SERVFAIL");
      theFailureIs("lame.contoso.test", "a referral");
      assertThat(named.output()).contains("running");
    }
  }

  @RealPeers(packages = "dnsmasq-base")
  @Requirement("DISC-7")
  @Test
  void dnsmasqRefusesWhatItDoesNotServe() throws Exception {
    try (ExternalProcess dnsmasq = Dnsmasq.start(null, folder, dnsmasqOptions())) {
      theFailureIs("unknown.example", "REFUSED");
      assertThat(dnsmasq.output()).contains("started");
    }
  }

  @RealPeers(packages = "bind9")
  @Test
  void bind9FollowsAnAliasAtTheServiceName() throws Exception {
    try (ExternalProcess named = Bind9.start(folder, dnsPort, zones())) {
      Samples.Discovered found = discover("alias.test");
      assertThat(found.status()).as(named.output()).isZero();
      assertThat(texts(found.query("_sipinternal._tcp").get("records"))).hasSize(2);
    }
  }

  private void theProxyIsFound() throws IOException {
    Samples.Discovered found = discover("contoso.test");
    JsonNode report = found.report();
    assertThat(found.status()).as(report.toString()).isZero();
    assertThat(report.get("chosen").asText())
        .isEqualTo("127.0.0.1:" + proxy.getLocalPort() + "/TCP");
    assertThat(report.get("chosenCandidate").get("host").asText()).isEqualTo("alias.contoso.test");
    assertThat(texts(found.query("_sipinternaltls._tcp").get("rejected")))
        .singleElement()
        .asString()
        .contains("no such service");
    assertThat(texts(found.query("_sipinternal._tcp").get("records")))
        .containsExactly(
            "5 0 " + closedPort + " proxy.contoso.test",
            "10 0 " + proxy.getLocalPort() + " alias.contoso.test");
    List<String> outcomes = new ArrayList<>();
    report.get("attempts").forEach(attempt -> outcomes.add(attempt.get("outcome").asText()));
    assertThat(outcomes).containsExactly("CONNECT_FAILED", "CONNECTED");
  }

  private void manyRecordsArrive() throws IOException {
    Samples.Discovered found = discover("many.test");
    assertThat(found.status()).as(found.report().toString()).isZero();
    assertThat(texts(found.query("_sipinternal._tcp").get("records"))).hasSize(MANY);
  }

  private void theFailureIs(String domain, String text) throws IOException {
    Samples.Discovered found = discover(domain);
    assertThat(found.status()).isEqualTo(1);
    for (String name : List.of("_sipinternaltls.", "_sipinternal.", "_sip._tls.", "_sip._tcp.")) {
      assertThat(found.query(name).get("result").asText()).isEqualTo("FAILED");
      assertThat(found.query(name).get("detail").asText()).contains(text);
    }
    assertThat(found.report().get("failure").asText())
        .startsWith("DNS gave no good answer to any query: ")
        .contains(text);
  }

  private Samples.Discovered discover(String domain) throws IOException {
    return Samples.discover(
        folder,
        Samples.command(
            "discover", "--json", "sip:alice@" + domain, "--dns", "127.0.0.1:" + dnsPort));
  }

  private Map<String, String> zones() {
    Map<String, String> zones = new LinkedHashMap<>();
    zones.put(
        "contoso.test",
        """
        _sipinternaltls._tcp SRV 0 0 0 .
        _sipinternal._tcp SRV 10 0 %d alias
        _sipinternal._tcp SRV 5 0 %d proxy
        proxy A 127.0.0.1
        alias CNAME proxy
        lame NS ns.elsewhere.example.
        """
            .formatted(proxy.getLocalPort(), closedPort));
    StringBuilder many = new StringBuilder("proxy A 127.0.0.1\n");
    for (int i = 0; i < MANY; i++) {
      many.append("_sipinternal._tcp SRV " + i + " 0 " + (i == 0 ? proxy.getLocalPort() : i));
      many.append(" proxy\n");
    }
    zones.put("many.test", many.toString());
    zones.put("alias.test", "_sipinternal._tcp CNAME _sipinternal._tcp.contoso.test.\n");
    zones.put("broken.test", "");
    return zones;
  }

  private List<String> dnsmasqOptions() {
    List<String> options = new ArrayList<>();
    options.add("--port=" + dnsPort);
    options.add("--listen-address=127.0.0.1");
    options.add("--local=/test/");
    options.add("--srv-host=_sipinternaltls._tcp.contoso.test");
    String internal = "--srv-host=_sipinternal._tcp.";
    options.add(internal + "contoso.test,alias.contoso.test," + proxy.getLocalPort() + ",10,0");
    options.add(internal + "contoso.test,proxy.contoso.test," + closedPort + ",5,0");
    options.add("--host-record=proxy.contoso.test,127.0.0.1");
    options.add("--cname=alias.contoso.test,proxy.contoso.test");
    for (int i = 0; i < MANY; i++) {
      int port = i == 0 ? proxy.getLocalPort() : i;
      options.add(internal + "many.test,proxy.contoso.test," + port + "," + i + ",0");
    }
    return options;
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }
}
