package net.conmgmt.sip.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.Stacks;

/**
 * From the call of {@code discover} to the TCP connection, while every DNS answer is delayed by d.
 * The bound is two delays, one for the services and one for the address, plus 40 ms. DHCP is off;
 * DNS and the proxy are on loopback, in this process.
 */
final class DiscoveryBench {

  private static final String DOMAIN = "contoso.test";
  private static final Duration ALLOWANCE = Duration.ofMillis(40);
  private static final List<String> SERVICES =
      List.of("_sipinternaltls._tcp.", "_sipinternal._tcp.", "_sip._tls.", "_sip._tcp.");

  /** The first runs load classes and are not counted. */
  private static final int WARM_UP = 5;

  private static final AtomicInteger STACKS = new AtomicInteger();

  /** Which service there is. */
  enum Case {
    /** The one that comes first; the other three queries are never answered. */
    SIPINTERNALTLS("sipinternaltls"),
    /** The one for TLS outside; {@code _sipinternaltls} and the rest do not exist. */
    SIP_TLS("only _sip._tls"),
    /** None; the first fall-back name has an address. */
    FALL_BACK("no SRV");

    private final String text;

    Case(String text) {
      this.text = text;
    }

    /** For the table. */
    String text() {
      return text;
    }
  }

  /**
   * The times of one case.
   *
   * @param millis each run, in ascending order
   * @param boundMillis what none of them should exceed
   */
  record Times(List<Double> millis, double boundMillis) {

    Times {
      millis = List.copyOf(millis);
    }

    /** The middle one. */
    double median() {
      return millis.get(millis.size() / 2);
    }

    /** The longest. */
    double longest() {
      return millis.get(millis.size() - 1);
    }
  }

  private final Duration delay;

  /** Measures with this delay of every DNS answer. */
  DiscoveryBench(Duration delay) {
    this.delay = delay;
  }

  /** Runs each case {@code rounds} times, in turn; each run has a stack and a DNS server anew. */
  Map<Case, Times> measure(int rounds) throws Exception {
    Map<Case, List<Double>> all = new EnumMap<>(Case.class);
    for (int round = -WARM_UP; round < rounds; round++) {
      for (Case which : Case.values()) {
        double millis = run(which);
        if (round >= 0) {
          all.computeIfAbsent(which, c -> new ArrayList<>()).add(millis);
        }
      }
    }
    double bound = delay.multipliedBy(2).plus(ALLOWANCE).toMillis();
    Map<Case, Times> times = new EnumMap<>(Case.class);
    all.forEach(
        (which, list) -> times.put(which, new Times(list.stream().sorted().toList(), bound)));
    return times;
  }

  private double run(Case which) throws Exception {
    SipStack stack = null;
    try (DnsServer dns = new DnsServer();
        Doorman proxy = new Doorman()) {
      serve(dns, which, proxy.port());
      stack = stack(dns);
      ConnectionManagement management = ConnectionManagement.of(stack);
      management.addListener(
          new ConnectionManagementListener() {
            @Override
            public void discoveryAttemptEnded(String domain, DiscoveryReport.Attempt attempt) {
              if (which == Case.FALL_BACK) {
                proxy.reachedAtNanos.add(System.nanoTime());
              }
            }
          });
      long start = System.nanoTime();
      CompletableFuture<DiscoveryReport> discovery = management.discover("sip:alice@" + DOMAIN);
      Long reached = proxy.reachedAtNanos.poll(30, TimeUnit.SECONDS);
      if (reached == null) {
        throw new IllegalStateException(
            which + ": expected a connection to the proxy, found " + discovery);
      }
      return (reached - start) / 1e6;
    } finally {
      if (stack != null) {
        StackStop.of(stack);
      }
    }
  }

  private void serve(DnsServer dns, Case which, int port) throws IOException {
    String host = "proxy." + DOMAIN;
    for (String service : SERVICES) {
      dns.delay(service + DOMAIN, delay);
    }
    switch (which) {
      case SIPINTERNALTLS -> {
        dns.zone().srv(SERVICES.get(0) + DOMAIN, 0, 0, port, host);
        SERVICES.stream().skip(1).forEach(service -> dns.drop(service + DOMAIN));
        dns.zone().address(host, InetAddress.getLoopbackAddress());
      }
      case SIP_TLS -> {
        dns.zone().srv("_sip._tls." + DOMAIN, 0, 0, port, host);
        dns.zone().address(host, InetAddress.getLoopbackAddress());
      }
      case FALL_BACK -> {
        // Not everybody may listen on port 443: the refusal is what is seen of the SYN.
        host = "sipinternal." + DOMAIN;
        dns.zone().address(host, InetAddress.getByName("127.45.67.89"));
      }
    }
    dns.delay(host, delay);
  }

  private static SipStack stack(DnsServer dns) throws Exception {
    Properties properties =
        Stacks.managed(
            "javax.sip.STACK_NAME",
            "discovery-bench-" + STACKS.incrementAndGet(),
            "net.conmgmt.sip.DNS_SERVERS",
            dns.property());
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    for (String transport : List.of("TLS", "TCP")) {
      stack.createSipProvider(
          stack.createListeningPoint("127.0.0.1", Stacks.freePort(), transport));
    }
    return stack;
  }

  /** Accepts connections, says when, and closes them. */
  private static final class Doorman implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final BlockingQueue<Long> reachedAtNanos = new LinkedBlockingQueue<>();

    Doorman() throws IOException {
      Thread thread = new Thread(this::accept, "doorman");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      try {
        while (true) {
          Socket socket = server.accept();
          reachedAtNanos.add(System.nanoTime());
          socket.close();
        }
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
