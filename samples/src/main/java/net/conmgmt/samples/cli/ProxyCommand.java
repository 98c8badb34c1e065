package net.conmgmt.samples.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.proxy.ProxyServer;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.status.StatusServer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code samples/run proxy}. */
@Command(
    name = "proxy",
    description = "An outbound proxy and registrar for one domain, in memory.",
    sortOptions = false)
final class ProxyCommand implements Callable<Integer> {

  @ParentCommand private Main main = new Main();

  @Option(names = "--domain", required = true, paramLabel = "D", description = "The SIP domain.")
  private String domain = "";

  @Option(
      names = "--listen",
      paramLabel = "IP",
      description = "The address to listen on; default ${DEFAULT-VALUE}.")
  private String listen = "127.0.0.1";

  @Option(
      names = "--tcp",
      paramLabel = "PORT|none",
      description = "The TCP port; default ${DEFAULT-VALUE}; 0 takes any free one.")
  private String tcp = "5060";

  @Option(
      names = "--tls",
      paramLabel = "PORT|none",
      description = "The TLS port; default 5061 with --keystore and none without.")
  private @Nullable String tls;

  @Option(
      names = "--fqdn",
      paramLabel = "NAME",
      description = "The host name of this proxy; with --keystore the certificate must carry it.")
  private @Nullable String fqdn;

  @Option(
      names = "--keystore",
      paramLabel = "PEM|P12",
      description = "Key and certificates for TLS: one PEM, PKCS12 or JKS file.")
  private @Nullable Path keystore;

  @Option(
      names = "--password",
      paramLabel = "PW",
      description = "The password of a PKCS12 or JKS key store; a PEM key has none.")
  private @Nullable String password;

  @Option(
      names = "--users",
      paramLabel = "FILE",
      description = {
        "Lines user:password: REGISTER must then authenticate by Digest.",
        "Without it anyone may register."
      })
  private @Nullable Path users;

  @Option(
      names = "--next-hop",
      paramLabel = "HOST:PORT/TRANSPORT",
      description = "Forwards everything there, REGISTER too, instead of being the registrar.")
  private @Nullable String nextHop;

  @Option(
      names = "--cluster",
      paramLabel = "URI",
      description = {
        "Shares its users with other proxies through Redis or Valkey, for example",
        "redis://127.0.0.1:6379."
      })
  private @Nullable String cluster;

  @Option(
      names = "--node",
      paramLabel = "HOST:PORT",
      description = "Where the other proxies reach this one; default where it listens.")
  private @Nullable String node;

  @Option(
      names = "--http",
      paramLabel = "PORT|IP:PORT",
      description = {
        "Shows a status page in a browser; 0 takes any free port. Without an address it listens",
        "on 127.0.0.1: the page has no password."
      })
  private @Nullable String http;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      description = "Exits after this time; without it, runs until interrupted.")
  private @Nullable Integer duration;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      description = {
        "When interrupted, accepts no new connections and serves the open ones for at most this time;",
        "default ${DEFAULT-VALUE}."
      })
  private int drain = 5;

  @Option(
      names = "--check",
      description = {
        "Checks configuration, users, certificates and ports, reports what is wrong, and exits."
      })
  private boolean check;

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    StackBuilder properties = common.stack("proxy.properties");
    Path keyStoreFile = keystore;
    String tlsPort = tls == null ? (keyStoreFile == null ? "none" : "5061") : tls;
    if (keyStoreFile != null) {
      properties.keyStore(keyStoreFile, password);
      properties.setIfGiven("net.conmgmt.sip.FQDN", fqdn);
    } else if (!tlsPort.equals("none")) {
      throw new IllegalArgumentException(
          "--tls " + tlsPort + ": expected a key store with --keystore, found none");
    }
    InetSocketAddress page = pageAddress();
    if (page != null) {
      properties.setIfGiven("net.conmgmt.sip.FLIGHT_RECORDER", "on");
    }
    String next = nextHop;
    Integer tcpNumber = port("--tcp", tcp);
    Integer tlsNumber = port("--tls", tlsPort);
    if (cluster != null) {
      properties.setIfGiven("net.conmgmt.sip.ENDPOINT_DIRECTORY", cluster);
      Integer reached = tcpNumber == null ? tlsNumber : tcpNumber;
      String host = listen.indexOf(':') < 0 ? listen : "[" + listen + "]";
      properties.setIfGiven("net.conmgmt.sip.NODE", node == null ? host + ":" + reached : node);
    }
    ProxyServer.Settings settings =
        new ProxyServer.Settings(
            Aor.domain(domain),
            listen,
            tcpNumber,
            tlsNumber,
            fqdn,
            users,
            next == null ? null : PeerAddress.parse("--next-hop", next));
    try (EventLog events = common.openEvents();
        ProxyServer server = new ProxyServer(properties, settings, events);
        StatusServer status = page == null ? null : statusPage(server, page)) {
      if (check) {
        System.out.println("good " + server.addresses());
        return 0;
      }
      System.out.println(
          "ready "
              + server.addresses()
              + (status == null ? "" : " http " + Names.of(status.address())));
      System.out.flush();
      main.lifetime().allowDrain(drain);
      main.lifetime().await(duration);
      if (main.lifetime().isStopping()) {
        if (status != null) {
          status.draining();
        }
        System.out.println("draining " + server.connections() + " connections");
        System.out.flush();
        server.drain(Duration.ofSeconds(drain));
      }
    }
    return 0;
  }

  private StatusServer statusPage(ProxyServer server, InetSocketAddress page) throws IOException {
    return new StatusServer(domain, server.stack(), page);
  }

  private @Nullable InetSocketAddress pageAddress() throws IOException {
    String text = http;
    if (text == null) {
      return null;
    }
    int colon = text.lastIndexOf(':');
    Integer port = port("--http", text.substring(colon + 1));
    String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon).replaceAll("[\\[\\]]", "");
    if (port == null || !host.matches("[0-9.]+|[0-9A-Fa-f:.]+")) {
      throw new IllegalArgumentException(
          "--http " + text + ": expected PORT or IP:PORT, for example 8080");
    }
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  private @Nullable Integer port(String option, String text) throws IOException {
    if (text.equals("none")) {
      return null;
    }
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port == 0 ? StackBuilder.freePort(listen) : port;
      }
    } catch (NumberFormatException e) {
      throw badPort(option, text, e);
    }
    throw badPort(option, text, null);
  }

  private static IllegalArgumentException badPort(
      String option, String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        option + " " + text + ": expected a port from 0 to 65535, or none", cause);
  }
}
