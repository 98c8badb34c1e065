package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.discovery.DnsAnswer.Kind;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;

/** Every way in which a DNS query ends, against a real server on loopback. */
class DnsJavaLookupTest {

  private static final String NAME = "_sipinternaltls._tcp.contoso.com";
  private static final int RETRIES = 10;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final SystemScheduler scheduler = new SystemScheduler("test-timer");
  private DnsServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = new DnsServer();
  }

  @AfterEach
  void stopServer() {
    server.close();
    scheduler.close();
  }

  @Test
  void srvRecordsAreFound() throws Exception {
    server.zone().srv(NAME, 10, 5, 5061, "a.contoso.com").srv(NAME, 0, 0, 5061, ".");
    DnsAnswer<ServiceRecord> answer = srv(TIMEOUT);
    assertThat(answer.kind()).isEqualTo(Kind.FOUND);
    assertThat(answer.records())
        .containsExactlyInAnyOrder(
            new ServiceRecord(10, 5, 5061, "a.contoso.com"), new ServiceRecord(0, 0, 5061, "."));
  }

  @Test
  void aNameThatDoesNotExistHasNoService() throws Exception {
    DnsAnswer<ServiceRecord> answer = srv(TIMEOUT);
    assertThat(answer).isEqualTo(DnsAnswer.none("no such name (NXDOMAIN)"));
    assertThat(server.queries()).containsExactly(NAME + ". SRV udp");
  }

  @Test
  void aNameWithOtherRecordsOnlyHasNoService() throws Exception {
    server.zone().address(NAME, loopback());
    assertThat(srv(TIMEOUT)).isEqualTo(DnsAnswer.none("no SRV record"));
  }

  @Requirement("DISC-7")
  @ParameterizedTest
  @CsvSource({"2, 2", "5, 1", "4, 2", "1, 2"})
  void aServerThatAnswersWithAnErrorHasFailedAndIsAskedAgainOnlyWithoutEdns(int rcode, int asked)
      throws Exception {
    server.rcode(NAME, rcode);
    DnsAnswer<ServiceRecord> answer = srv(TIMEOUT);
    assertThat(answer.kind()).isEqualTo(Kind.FAILED);
    assertThat(answer.detail()).isEqualTo(server.property() + ": " + Rcode.string(rcode));
    assertThat(server.queries()).hasSize(asked);
  }

  @Requirement("DISC-7")
  @Test
  void theTimeOutBoundsTheQueryWithItsRetries() throws Exception {
    server.drop(NAME);
    long start = scheduler.nanoTime();
    DnsAnswer<ServiceRecord> answer = srv(SHORT);
    assertThat(Duration.ofNanos(scheduler.nanoTime() - start))
        .isBetween(SHORT, Duration.ofSeconds(10));
    assertThat(answer.kind()).isEqualTo(Kind.FAILED);
    assertThat(answer.detail()).contains("no answer within").contains(server.property());
    assertThat(server.queries()).hasSizeGreaterThan(1);
  }

  @Test
  void anAnswerThatComesAfterTheRetryCounts() throws Exception {
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    server.delay(NAME, Duration.ofMillis(1_100));
    assertThat(srv(TIMEOUT).kind()).isEqualTo(Kind.FOUND);
    assertThat(server.queries()).hasSize(2);
  }

  @Test
  void aTruncatedAnswerIsAskedForAgainByTcp() throws Exception {
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    server.truncate(NAME);
    assertThat(srv(TIMEOUT).kind()).isEqualTo(Kind.FOUND);
    assertThat(server.queries()).containsExactly(NAME + ". SRV udp", NAME + ". SRV tcp");
  }

  @Test
  void twoHundredRecordsAllArrive() throws Exception {
    for (int i = 0; i < 200; i++) {
      server.zone().srv(NAME, i, 0, 5061, "server" + i + ".contoso.com");
    }
    assertThat(srv(TIMEOUT).records()).hasSize(200);
    assertThat(server.queries()).containsExactly(NAME + ". SRV udp", NAME + ". SRV tcp");
  }

  @Test
  void anAliasAtTheNameIsFollowed() throws Exception {
    server.zone().cname(NAME, "services.contoso.com");
    server.zone().srv("services.contoso.com", 0, 0, 5061, "a.contoso.com");
    assertThat(srv(TIMEOUT).records())
        .containsExactly(new ServiceRecord(0, 0, 5061, "a.contoso.com"));
  }

  @Test
  void anAliasWhoseTargetIsNotInTheAnswerIsAskedForWithinTheSameBound() throws Exception {
    server.zone().cname("sip.contoso.com", "host.contoso.com");
    server.zone().address("host.contoso.com", loopback());
    server.mangle("sip.contoso.com", bytes -> withSection(bytes, m -> firstAnswerOnly(m)));
    assertThat(addresses("sip.contoso.com", false).records()).containsExactly(loopback());
    assertThat(server.queries())
        .containsExactly("sip.contoso.com. A udp", "host.contoso.com. A udp");
  }

  @Test
  void aliasesThatRunInACircleFail() throws Exception {
    server.zone().cname("sip.contoso.com", "loop.contoso.com");
    server.zone().cname("loop.contoso.com", "sip.contoso.com");
    DnsAnswer<InetAddress> answer = addresses("sip.contoso.com", false);
    assertThat(answer.kind()).isEqualTo(Kind.FAILED);
    assertThat(answer.detail()).contains("aliases");
  }

  @Test
  void unrelatedRecordsInTheAnswerAreIgnored() throws Exception {
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    server.mangle(
        NAME,
        bytes ->
            withSection(
                bytes,
                m -> {
                  try {
                    m.addRecord(
                        new org.xbill.DNS.SRVRecord(
                            Name.fromString("_sip._tcp.evil.example."),
                            DClass.IN,
                            60,
                            0,
                            0,
                            5061,
                            Name.fromString("evil.example.")),
                        Section.ANSWER);
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                }));
    assertThat(srv(TIMEOUT).records())
        .containsExactly(new ServiceRecord(0, 0, 5061, "a.contoso.com"));
  }

  @Test
  void aLameServerHasFailed() throws Exception {
    server.zone().address(NAME, loopback());
    server.mangle(
        NAME,
        bytes ->
            withSection(
                bytes,
                m -> {
                  m.getHeader().unsetFlag(org.xbill.DNS.Flags.AA);
                  try {
                    m.addRecord(
                        new NSRecord(
                            Name.fromString("com."), DClass.IN, 60, Name.fromString("ns.example.")),
                        Section.AUTHORITY);
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                }));
    DnsAnswer<ServiceRecord> answer = srv(TIMEOUT);
    assertThat(answer.kind()).isEqualTo(Kind.FAILED);
    assertThat(answer.detail()).contains("a referral");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 12, 20, 40})
  void aCutOffAnswerFailsAndHarmsNothing(int length) throws Exception {
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    server.mangle(NAME, bytes -> Arrays.copyOf(bytes, length));
    assertThat(srv(Duration.ofSeconds(1)).kind()).isEqualTo(Kind.FAILED);
    server.behave(NAME);
    assertThat(srv(TIMEOUT).kind()).isEqualTo(Kind.FOUND);
  }

  @Test
  void anAnswerToAnotherQuestionIsNotTaken() throws Exception {
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    server.mangle(
        NAME,
        bytes -> {
          byte[] other = bytes.clone();
          other[1] ^= 0x55;
          return other;
        });
    DnsAnswer<ServiceRecord> answer = srv(SHORT);
    assertThat(answer.kind()).isEqualTo(Kind.FAILED);
    assertThat(answer.detail()).contains("ignored").contains("id or question");
  }

  @Test
  void theNextServerIsAskedWhenOneFailsOrIsSilent() throws Exception {
    try (DnsServer failing = new DnsServer();
        DnsServer silent = new DnsServer()) {
      failing.rcode(NAME, Rcode.SERVFAIL);
      silent.drop(NAME);
      server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
      DnsLookup lookup =
          new DnsJavaLookup(
              List.of(failing.address(), silent.address(), server.address()),
              scheduler,
              TIMEOUT,
              RETRIES,
              false);
      assertThat(lookup.srv(NAME).get(30, TimeUnit.SECONDS).kind()).isEqualTo(Kind.FOUND);
      assertThat(failing.queries()).as("with EDNS and without").hasSize(2);
      assertThat(silent.queries()).hasSize(1);
    }
  }

  @Test
  void aServerThatIsNotThereFailsBeforeTheTimeOut() throws Exception {
    int unusedPort;
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(loopback(), 0))) {
      unusedPort = socket.getLocalPort();
    }
    DnsLookup lookup =
        new DnsJavaLookup(
            List.of(new InetSocketAddress(loopback(), unusedPort)),
            scheduler,
            Duration.ofMinutes(5),
            RETRIES,
            false);
    assertThat(lookup.srv(NAME).get(30, TimeUnit.SECONDS).kind()).isEqualTo(Kind.FAILED);
  }

  @Requirement("DISC-11")
  @Test
  void anAddressIsAskedForAnewEachTime() throws Exception {
    server.zone().address("sip.contoso.com", loopback());
    assertThat(addresses("sip.contoso.com", false).records()).containsExactly(loopback());
    server.zone().remove("sip.contoso.com");
    server.zone().address("sip.contoso.com", ip("127.0.0.9"));
    assertThat(addresses("sip.contoso.com", false).records()).containsExactly(ip("127.0.0.9"));
  }

  @Requirement("DISC-14")
  @Test
  void aaaaIsAskedForOnlyWhenIpv6IsOnAndComesAfterA() throws Exception {
    InetAddress six = ip("::1");
    server.zone().address("sip.contoso.com", six).address("sip.contoso.com", loopback());
    assertThat(addresses("sip.contoso.com", false).records()).containsExactly(loopback());
    assertThat(server.queries()).containsExactly("sip.contoso.com. A udp");
    assertThat(addresses("sip.contoso.com", true).records()).containsExactly(loopback(), six);
    server.rcode("sip.contoso.com", Rcode.SERVFAIL);
    assertThat(addresses("sip.contoso.com", true).kind()).isEqualTo(Kind.FAILED);
  }

  @Test
  void theJvmWideResolverAndCacheStayAsTheyWere() throws Exception {
    Resolver before = Lookup.getDefaultResolver();
    int cached = Lookup.getDefaultCache(DClass.IN).getSize();
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    srv(TIMEOUT);
    assertThat(Lookup.getDefaultResolver()).isSameAs(before);
    assertThat(Lookup.getDefaultCache(DClass.IN).getSize()).isEqualTo(cached);
  }

  @Test
  void noThreadThatAsksKeepsTheJvmAlive() throws Exception {
    server.zone().srv(NAME, 0, 0, 5061, "a.contoso.com");
    srv(TIMEOUT);
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(t -> t.getName().startsWith("conmgmt-dns"))
        .allMatch(Thread::isDaemon);
  }

  @Test
  void theServersOfThePropertyAreIpAddressesWithOrWithoutPort() throws Exception {
    assertThat(DnsServers.parse("127.0.0.1:1, [::1]:65535,192.0.2.1,[2001:db8::1]"))
        .containsExactly(
            new InetSocketAddress(ip("127.0.0.1"), 1),
            new InetSocketAddress(ip("::1"), 65_535),
            new InetSocketAddress(ip("192.0.2.1"), 53),
            new InetSocketAddress(ip("2001:db8::1"), 53));
    assertThat(DnsServers.parse(" ")).isEmpty();
    assertThat(DnsServers.ofSystem()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dns.contoso.com:53",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:x",
        "127.0.0.1:53,",
        "::1",
        "::1:53",
        "[::1",
        "[127.0.0.1]:53"
      })
  void aMalformedServerIsRefusedByNameValueAndExpectation(String value) {
    assertThatThrownBy(() -> DnsServers.parse(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("net.conmgmt.sip.DNS_SERVERS = '" + value + "'")
        .hasMessageContaining("expected for example");
  }

  private DnsAnswer<ServiceRecord> srv(Duration timeout) throws Exception {
    return new DnsJavaLookup(List.of(server.address()), scheduler, timeout, RETRIES, false)
        .srv(NAME)
        .get(30, TimeUnit.SECONDS);
  }

  private DnsAnswer<InetAddress> addresses(String name, boolean ipv6) throws Exception {
    return new DnsJavaLookup(List.of(server.address()), scheduler, TIMEOUT, RETRIES, ipv6)
        .addresses(name)
        .get(30, TimeUnit.SECONDS);
  }

  private interface Change {
    void apply(org.xbill.DNS.Message message);
  }

  private static byte[] withSection(byte[] bytes, Change change) {
    try {
      org.xbill.DNS.Message message = new org.xbill.DNS.Message(bytes);
      change.apply(message);
      return message.toWire();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void firstAnswerOnly(org.xbill.DNS.Message message) {
    List<org.xbill.DNS.Record> answer = List.copyOf(message.getSection(Section.ANSWER));
    answer.stream().skip(1).forEach(r -> message.removeRecord(r, Section.ANSWER));
  }

  private static InetAddress ip(String text) {
    return Objects.requireNonNull(AddressOfRecord.parseIp(text));
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }
}
