package net.conmgmt.samples;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code samples/run demo}: brings up the participants; {@link DemoScript} has the steps. */
@Command(
    name = "demo",
    description = {
      "Everything on loopback: DNS, proxy and two user agents of contoso.test.",
      "Exit status 0 only if every step happened."
    },
    sortOptions = false)
final class DemoCommand implements Callable<Integer> {

  static final String DOMAIN = "contoso.test";
  static final String ALICE = "sip:alice@" + DOMAIN;
  static final String BOB = "sip:bob@" + DOMAIN;
  static final int TIMEOUT_SECONDS = 3;
  static final int GRACE_SECONDS = 2;

  private static final String PROXY_NAME = "proxy." + DOMAIN;
  private static final String LOOPBACK = "127.0.0.1";

  @ParentCommand private Main main = new Main();

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    Path users = usersFile();
    try (EventLog log = common.openEvents()) {
      Timeline timeline = new Timeline(common.console(), log, main.lifetime());
      try {
        run(timeline, users);
        timeline.say("every step happened");
        return 0;
      } catch (Timeline.StepFailedException e) {
        timeline.failed(e);
        return 1;
      }
    } finally {
      Files.deleteIfExists(users);
    }
  }

  private void run(Timeline timeline, Path users) throws Exception {
    int port = StackBuilder.freePort(LOOPBACK);
    timeline.step("a DNS server and a proxy for " + DOMAIN);
    try (DnsServer dns = new DnsServer()) {
      dns.zone().srv("_sipinternal._tcp." + DOMAIN, 0, 0, port, PROXY_NAME);
      // With both TLS answers in, a TCP answer that is later would not count (3.1.5).
      dns.delay("_sipinternaltls._tcp." + DOMAIN, Duration.ofMillis(100));
      dns.zone().address(PROXY_NAME, InetAddress.getLoopbackAddress());
      timeline.say("DNS at " + dns.property() + ": _sipinternal._tcp SRV -> " + PROXY_NAME);
      try (ProxyServer proxy = proxy(timeline, port, users)) {
        timeline.say(
            "proxy at "
                + proxy.addresses()
                + ", T = "
                + TIMEOUT_SECONDS
                + " s, grace = "
                + GRACE_SECONDS
                + " s, Digest authentication on");
        timeline.step("two user agents, who know their address-of-record and nothing else");
        try (SampleUa alice = alice(timeline, dns);
            ChildUa bob = bob(timeline, dns)) {
          new DemoScript(timeline, proxy, alice, bob).play();
        }
      }
    }
  }

  private ProxyServer proxy(Timeline timeline, int port, Path users) throws Exception {
    StackBuilder properties = new StackBuilder("proxy.properties", common);
    properties.setOurs(
        ConnectionManagementProperties.Key.KEEP_ALIVE_TIMEOUT, String.valueOf(TIMEOUT_SECONDS));
    properties.setOurs(
        ConnectionManagementProperties.Key.KEEP_ALIVE_GRACE, String.valueOf(GRACE_SECONDS));
    @Nullable Integer none = null;
    return new ProxyServer(
        properties,
        new ProxyServer.Settings(DOMAIN, LOOPBACK, port, none, PROXY_NAME, users, null),
        timeline.logOf("proxy"));
  }

  private SampleUa alice(Timeline timeline, DnsServer dns) throws Exception {
    StackBuilder properties = new StackBuilder("uac.properties", common);
    properties.setOurs(ConnectionManagementProperties.Key.DNS_SERVERS, dns.property());
    return new SampleUa(
        properties,
        new SampleUa.Settings(ALICE, "wonderland", LOOPBACK, List.of("TCP", "TLS"), 600),
        timeline.logOf("alice"),
        text -> timeline.say("alice: " + text));
  }

  private ChildUa bob(Timeline timeline, DnsServer dns) throws IOException {
    return new ChildUa(
        "bob",
        timeline,
        List.of(
            "--aor", BOB, "--password", "builder", "--dns", dns.property(), "--duration", "90"));
  }

  private static Path usersFile() throws IOException {
    Path file = Files.createTempFile("conmgmt-demo-users", ".txt");
    Files.writeString(file, "alice:wonderland\nbob:builder\n", StandardCharsets.UTF_8);
    return file;
  }
}
