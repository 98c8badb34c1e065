package net.conmgmt.samples.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import net.conmgmt.samples.demo.Child;
import net.conmgmt.samples.demo.ClusterDemo;
import net.conmgmt.samples.demo.DemoScript;
import net.conmgmt.samples.demo.DnsServer;
import net.conmgmt.samples.demo.Timeline;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.proxy.ProxyServer;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.ua.SampleUa;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code samples/run demo}: brings up the participants; {@link DemoScript} has the steps. */
@Command(
    name = "demo",
    description = {
      "Everything on loopback: DNS, proxy and two user agents of contoso.test.",
      "With --cluster: Redis, three proxies that share their users, and twenty user agents.",
      "Exit status 0 only if every step happened."
    },
    sortOptions = false)
final class DemoCommand implements Callable<Integer> {

  private static final String DOMAIN = DemoScript.DOMAIN;
  private static final String PROXY_NAME = "proxy." + DOMAIN;
  private static final String LOOPBACK = "127.0.0.1";

  @ParentCommand private Main main = new Main();

  @Option(
      names = "--cluster",
      description = "Several proxies; needs redis-server or valkey-server on this machine.")
  private boolean cluster;

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    Path users = usersFile();
    try (EventLog log = common.openEvents()) {
      Timeline timeline = new Timeline(common.console(), log, main.lifetime()::isStopping);
      try {
        if (cluster) {
          runCluster(timeline, users);
        } else {
          run(timeline, users);
        }
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

  private void runCluster(Timeline timeline, Path users) throws Exception {
    try (ClusterDemo demo =
        new ClusterDemo(timeline, users, () -> common.stack("uac.properties"))) {
      demo.play();
    }
  }

  private void run(Timeline timeline, Path users) throws Exception {
    int port = StackBuilder.freePort(LOOPBACK);
    timeline.step("a DNS server and a proxy for " + DOMAIN);
    try (DnsServer dns =
        new DnsServer(
            DnsServer.srv("_sipinternal._tcp." + DOMAIN, 0, port, PROXY_NAME),
            DnsServer.loopback(PROXY_NAME))) {
      timeline.say("DNS at " + dns.property() + ": _sipinternal._tcp SRV -> " + PROXY_NAME);
      try (ProxyServer proxy = proxy(timeline, port, users)) {
        timeline.say(
            "proxy at "
                + proxy.addresses()
                + ", T = "
                + DemoScript.TIMEOUT_SECONDS
                + " s, grace = "
                + DemoScript.GRACE_SECONDS
                + " s, Digest authentication on");
        timeline.step("two user agents that know only their address-of-record");
        try (SampleUa alice = alice(timeline, dns);
            Child bob = bob(timeline, dns)) {
          new DemoScript(timeline, proxy, alice, bob).play();
        }
      }
    }
  }

  private ProxyServer proxy(Timeline timeline, int port, Path users) throws Exception {
    StackBuilder properties = common.stack("proxy.properties");
    properties.setIfGiven(
        "net.conmgmt.sip.KEEP_ALIVE_TIMEOUT", String.valueOf(DemoScript.TIMEOUT_SECONDS));
    properties.setIfGiven(
        "net.conmgmt.sip.KEEP_ALIVE_GRACE", String.valueOf(DemoScript.GRACE_SECONDS));
    @Nullable Integer none = null;
    return new ProxyServer(
        properties,
        new ProxyServer.Settings(DOMAIN, LOOPBACK, port, none, PROXY_NAME, users, null),
        timeline.logOf("proxy"));
  }

  private SampleUa alice(Timeline timeline, DnsServer dns) throws Exception {
    StackBuilder properties = common.stack("uac.properties");
    properties.setIfGiven("net.conmgmt.sip.DNS_SERVERS", dns.property());
    return new SampleUa(
        properties,
        new SampleUa.Settings(DemoScript.ALICE, "wonderland", LOOPBACK, List.of("TCP", "TLS"), 600),
        timeline.logOf("alice"),
        text -> timeline.say("alice: " + text));
  }

  private Child bob(Timeline timeline, DnsServer dns) throws IOException {
    return new Child(
        "bob",
        timeline,
        "ua",
        List.of(
            "--aor",
            DemoScript.BOB,
            "--password",
            "builder",
            "--dns",
            dns.property(),
            "--duration",
            "90"));
  }

  private static Path usersFile() throws IOException {
    Path file = Files.createTempFile("conmgmt-demo-users", ".txt");
    StringBuilder lines = new StringBuilder("alice:wonderland\nbob:builder\n");
    for (int i = 1; i <= ClusterDemo.USERS; i++) {
      lines.append('u').append(i).append(':').append(ClusterDemo.PASSWORD).append('\n');
    }
    Files.writeString(file, lines, StandardCharsets.UTF_8);
    return file;
  }
}
