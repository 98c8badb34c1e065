package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.sip.message.Request;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.monitoring.ConnectionManagementMXBean;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** What an operator sees of applications that import nothing of this library. */
class MBeanTest {

  private static final String T = "net.conmgmt.sip.KEEP_ALIVE_TIMEOUT";

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

  private static PlainApplication started(int port, String... properties) throws Exception {
    return new PlainApplication(Stacks.managed(properties), "127.0.0.1", port);
  }

  @Test
  void aPropertyGivesTheBeanANameThatStaysFromStartToStart() throws Exception {
    Properties properties = Stacks.managed("net.conmgmt.sip.JMX_NAME", "the proxy");
    ObjectName name =
        new ObjectName("net.conmgmt.sip:type=ConnectionManagement,stack=\"the proxy\"");
    try (PlainApplication application =
        new PlainApplication(properties, "127.0.0.1", Stacks.freePort())) {
      await().until(() -> server.isRegistered(name));
      assertThat(server.getAttribute(name, "Stack")).isEqualTo(application.stack().getStackName());
      assertThat(server.getAttribute(name, "CertificateExpiry")).isEqualTo("");
    }
  }

  private Set<ObjectName> beans() throws Exception {
    return server.queryNames(new ObjectName("net.conmgmt.sip:type=ConnectionManagement,*"), null);
  }

  private static ObjectName nameOf(PlainApplication application) throws Exception {
    return new ObjectName(
        "net.conmgmt.sip:type=ConnectionManagement,stack="
            + ObjectName.quote(application.stack().getStackName()));
  }

  private ConnectionManagementMXBean bean(PlainApplication application) throws Exception {
    ObjectName name = nameOf(application);
    await().until(() -> server.isRegistered(name));
    return JMX.newMXBeanProxy(server, name, ConnectionManagementMXBean.class);
  }

  private static long timer(CompositeData connection, String name) {
    return (Long) ((CompositeData) connection.get("timers")).get(name + "Millis");
  }

  private CompositeData firstConnection(PlainApplication application) throws Exception {
    CompositeData[] all =
        (CompositeData[])
            server.invoke(
                nameOf(application), "listConnections", new Object[] {10}, new String[] {"int"});
    assertThat(all).hasSize(1);
    return all[0];
  }

  @Test
  void bothSidesShowTheirConnectionItsTimersAndWhatWasCounted() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(port, T, "3");
        PlainApplication client = started(Stacks.freePort())) {
      client.sendTo(Request.REGISTER, "127.0.0.1", port);
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      ConnectionManagementMXBean proxySide = bean(proxy);
      ConnectionManagementMXBean clientSide = bean(client);
      await().until(() -> proxySide.getKeepAlivesReceived() > 0);
      await().until(() -> clientSide.getKeepAlivesAnswered() > 0);

      assertThat(proxySide.getStack()).isEqualTo(proxy.stack().getStackName());
      assertThat(proxySide.getConnections()).isEqualTo(1);
      assertThat(proxySide.getNegotiatedConnections()).isEqualTo(1);
      assertThat(proxySide.getAccepted()).isEqualTo(1);
      assertThat(proxySide.getOpened()).isZero();
      assertThat(proxySide.getNegotiated()).isEqualTo(1);
      assertThat(clientSide.getOpened()).isEqualTo(1);
      assertThat(clientSide.getKeepAlivesSent()).isPositive();
      assertThat(clientSide.getLastDiscoveryMillis()).isEqualTo(-1);

      CompositeData accepted = firstConnection(proxy);
      assertThat(accepted.get("side")).isEqualTo("PROXY");
      assertThat(accepted.get("timeoutSeconds")).isEqualTo(3);
      assertThat(timer(accepted, "expiry")).isBetween(30_000L, 35_000L);
      assertThat(timer(accepted, "idle")).isBetween(900_000L, 932_000L);
      assertThat(timer(accepted, "connection")).isEqualTo(-1L);
      assertThat(timer(accepted, "refresh")).isEqualTo(-1L);
      CompositeData[] endpoints = (CompositeData[]) accepted.get("endpoints");
      assertThat(endpoints).hasSize(1);
      assertThat(endpoints[0].get("addressOfRecord")).isEqualTo("sip:alice@contoso.test");
      assertThat(endpoints[0].get("instance")).asString().startsWith("sip:alice@127.0.0.1:");
      CompositeData opened = firstConnection(client);
      assertThat(opened.get("side")).isEqualTo("CLIENT");
      assertThat(opened.get("remoteAddress")).isEqualTo("127.0.0.1:" + port);
      assertThat(opened.get("timeoutSeconds")).isEqualTo(3);
      assertThat(timer(opened, "refresh")).isBetween(0L, 2_000L);
      assertThat(timer(opened, "expiry")).isEqualTo(-1L);
      assertThat(timer(opened, "pong")).isEqualTo(-1L);

      assertThat(proxySide.closeConnection(-5)).isFalse();
      assertThat(proxySide.closeConnection((Long) accepted.get("id"))).isTrue();
      assertThat(proxySide.getConnections()).isZero();
      await()
          .untilAsserted(
              () -> assertThat(proxySide.getClosedByReason()).containsEntry("LOCAL", 1L));
      assertThat(proxySide.getClosedByReason()).containsEntry("EXPIRY_TIMER", 0L);
      await().until(() -> clientSide.getClosedByReason().containsValue(1L));
      assertThat(proxy.requests).hasSize(1);
    }
  }

  @Test
  void theDialectOfAGrantAndWhyAnotherWasRefusedAreSeenThroughJmx() throws Exception {
    int port = Stacks.freePort();
    String dialects = "net.conmgmt.sip.KEEP_ALIVE_DIALECTS";
    try (PlainApplication proxy = started(port, dialects, "keep");
        PlainApplication client =
            started(
                Stacks.freePort(),
                dialects,
                "keep,outbound",
                "net.conmgmt.sip.FLIGHT_RECORDER",
                "on")) {
      client.sendTo(Request.REGISTER, "127.0.0.1", port);
      assertThat(proxy.requests.poll(20, TimeUnit.SECONDS)).isNotNull();
      ConnectionManagementMXBean bean = bean(client);
      await().until(() -> bean.getFailedByReason().containsValue(1L));
      CompositeData connection = firstConnection(client);
      CompositeData[] grants = (CompositeData[]) connection.get("grants");
      assertThat(grants).hasSize(1);
      assertThat(grants[0].get("dialect")).isEqualTo("KEEP");
      assertThat(grants[0].get("timeoutSeconds")).isEqualTo(300);
      assertThat(bean.flightRecord((Long) connection.get("id")))
          .anyMatch(
              line ->
                  line.endsWith(
                      "keep-alive negotiated (keep), T = 300 s, a keep-alive within 300 s"))
          .anyMatch(
              line ->
                  line.contains(
                      "keep-alive not negotiated (outbound): the success has no Require:"
                          + " outbound"));
    }
  }

  @Test
  void failuresAreCountedByReasonAndTheFlightRecorderIsOffUntilAskedFor() throws Exception {
    int port = Stacks.freePort();
    try (PlainApplication proxy = started(port, "net.conmgmt.sip.FLIGHT_RECORDER", "on");
        RawPeer peer = RawPeer.connect(port)) {
      assertThat(proxy.stack()).isNotNull();
      peer.send(
          String.join(
              "\r\n",
              "OPTIONS sip:x@127.0.0.1 SIP/2.0",
              "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKm1",
              "From: <sip:x@contoso.test>;tag=1",
              "To: <sip:y@contoso.test>",
              "Call-ID: m1",
              "CSeq: 1 OPTIONS",
              "Max-Forwards: 70",
              "Ms-Keep-Alive: UAC;end-end=yes",
              "Content-Length: 0",
              "",
              ""));
      peer.readMessage();
      ConnectionManagementMXBean recorded = bean(proxy);
      assertThat(recorded.getFailedByReason())
          .containsEntry("NO_COMMON_MECHANISM", 1L)
          .containsEntry("MALFORMED", 0L);
      long id = (Long) firstConnection(proxy).get("id");
      List<String> record = recorded.flightRecord(id);
      assertThat(record).hasSizeGreaterThanOrEqualTo(2);
      assertThat(record).anyMatch(line -> line.endsWith(": established"));
      assertThat(record).last().asString().contains("keep-alive not negotiated (ms): hop-hop=yes");
      assertThat(recorded.flightRecord(-1)).isEmpty();
    }
    int other = Stacks.freePort();
    try (PlainApplication proxy = started(other);
        RawPeer peer = RawPeer.connect(other)) {
      assertThat(proxy.stack()).isNotNull();
      peer.send("\r\n\r\n");
      peer.read(2);
      ConnectionManagementMXBean unrecorded = bean(proxy);
      long id = (Long) firstConnection(proxy).get("id");
      assertThat(unrecorded.flightRecord(id)).isEmpty();
    }
  }

  @Test
  void aHundredStartsAndStopsLeaveNoMBean() throws Exception {
    Set<ObjectName> before = beans();
    Set<String> seen = new HashSet<>();
    // The RI takes a second to stop a stack, so many are stopped at a time.
    ExecutorService stoppers = Executors.newFixedThreadPool(50);
    for (int i = 0; i < 100; i++) {
      PlainApplication application = started(Stacks.freePort());
      if (i % 25 == 0) {
        // The others may be stopped while their bean is still on its way in.
        seen.add(bean(application).getStack());
      }
      stoppers.execute(application::close);
    }
    stoppers.shutdown();
    assertThat(stoppers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(seen).hasSize(4);
    assertThat(beans()).isEqualTo(before);
  }

  @Test
  void theMBeanComesASecondAfterTheStartWhichHasTheProcessorUntilThen() throws Exception {
    VirtualScheduler time = new VirtualScheduler(0);
    StackScope scope = new StackScope(ConnectionManagementProperties.of(new Properties()));
    scope.put(Scheduler.class, time);
    Monitoring.of(scope).stackStarts("mbean-delayed");
    time.advance(TimeUnit.SECONDS.toNanos(1) - 1);
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advance(1);
    assertThat(time.pendingTasks()).isZero();
    await().until(() -> beans().toString().contains("mbean-delayed"));
    scope.stopped();
    assertThat(beans().toString()).doesNotContain("mbean-delayed");
  }

  @Test
  void thePropertyKeepsTheMBeanAway() throws Exception {
    try (PlainApplication without = started(Stacks.freePort(), "net.conmgmt.sip.JMX", "off");
        PlainApplication later = started(Stacks.freePort())) {
      assertThat(without.stack()).isNotNull();
      assertThat(later.stack()).isNotNull();
      assertThat(bean(later).getConnections()).isZero();
      assertThat(beans()).doesNotContain(nameOf(without));
    }
  }

  @Test
  void twoStacksOfOneNameHaveTwoBeans() throws Exception {
    Object first = new Counter();
    Object second = new Counter();
    MBeanRegistration one = MBeanRegistration.start(() -> first, "mbean \"twin\"", Runnable::run);
    MBeanRegistration two = MBeanRegistration.start(() -> second, "mbean \"twin\"", Runnable::run);
    assertThat(beans().stream().filter(name -> name.toString().contains("twin"))).hasSize(2);
    one.end();
    two.end();
    one.end();
    assertThat(beans().stream().filter(name -> name.toString().contains("twin"))).isEmpty();
  }

  @Test
  void aStackThatStopsBeforeItsBeanIsInKeepsItOut() throws Exception {
    List<Runnable> later = new ArrayList<>();
    MBeanRegistration registration =
        MBeanRegistration.start(Counter::new, "mbean-late", later::add);
    registration.end();
    later.forEach(Runnable::run);
    assertThat(beans()).noneMatch(name -> name.toString().contains("mbean-late"));
  }

  /** Something to register. */
  public interface CounterMXBean {
    Map<String, Long> getCounts();
  }

  /** Something to register. */
  private static final class Counter implements CounterMXBean {
    @Override
    public Map<String, Long> getCounts() {
      return Map.of();
    }
  }
}
