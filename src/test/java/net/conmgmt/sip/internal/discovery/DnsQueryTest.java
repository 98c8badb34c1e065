package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.internal.discovery.DnsAnswer.Kind;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** How servers are asked and what their answers come to, in virtual time and without sockets. */
class DnsQueryTest {

  private static final String NAME = "_sip._tls.contoso.com";
  private static final InetSocketAddress ONE = new InetSocketAddress(ip("192.0.2.1"), 53);
  private static final InetSocketAddress TWO = new InetSocketAddress(ip("192.0.2.2"), 53);
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long MILLISECOND = 1_000_000L;

  /** One message to a server; what comes back is up to the test. */
  private final class Asked implements DnsTransport.Exchange {
    private final InetSocketAddress server;
    private final boolean tcp;
    private final Message query;
    private final DnsTransport.Listener listener;
    private boolean closed;

    Asked(InetSocketAddress server, boolean tcp, Message query, DnsTransport.Listener listener) {
      this.server = server;
      this.tcp = tcp;
      this.query = query;
      this.listener = listener;
    }

    @Override
    public void close() {
      closed = true;
    }

    Name name() {
      return query.getQuestion().getName();
    }

    Message response(int rcode, Record... records) {
      Message response = new Message(query.getHeader().getID());
      response.getHeader().setFlag(Flags.QR);
      response.getHeader().setFlag(Flags.AA);
      response.getHeader().setRcode(rcode);
      response.addRecord(query.getQuestion(), Section.QUESTION);
      for (Record record : records) {
        response.addRecord(record, Section.ANSWER);
      }
      return response;
    }

    boolean answer(Message response) {
      boolean taken = listener.received(response.toWire());
      time.advance(0);
      return taken;
    }

    void answer(int rcode, Record... records) {
      assertThat(answer(response(rcode, records))).isTrue();
    }

    void fail(IOException cause) {
      listener.failed(cause);
      time.advance(0);
    }

    @Override
    public String toString() {
      return server.getAddress().getHostAddress()
          + (tcp ? " tcp" : "")
          + (query.getOPT() == null ? "" : " edns");
    }
  }

  private final VirtualScheduler time = new VirtualScheduler();
  private final List<Asked> asked = new ArrayList<>();
  private boolean noSockets;

  private DnsTransport.Exchange ask(
      InetSocketAddress server,
      boolean tcp,
      byte[] query,
      Duration longest,
      DnsTransport.Listener listener)
      throws IOException {
    if (noSockets) {
      throw new IOException("no sockets");
    }
    Asked one = new Asked(server, tcp, new Message(query), listener);
    asked.add(one);
    return one;
  }

  private DnsLookup lookup(Duration timeout, int retries, InetSocketAddress... servers) {
    return new DnsJavaLookup(List.of(servers), this::ask, time, timeout, retries, true);
  }

  private CompletableFuture<DnsAnswer<ServiceRecord>> srv(
      int retries, InetSocketAddress... servers) {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer =
        lookup(TIMEOUT, retries, servers).srv(NAME);
    time.advance(0);
    return answer;
  }

  private Asked last() {
    return asked.get(asked.size() - 1);
  }

  /** What it came to; never waited for, as nothing happens by itself. */
  private static <T> DnsAnswer<T> ended(CompletableFuture<DnsAnswer<T>> answer) {
    assertThat(answer).isCompleted();
    return answer.join();
  }

  @AfterEach
  void nothingIsLeft() {
    time.advanceSeconds(100);
    assertThat(asked).allMatch(each -> each.closed);
    assertThat(time.pendingTasks()).isZero();
  }

  private static InetAddress ip(String text) {
    return Objects.requireNonNull(AddressOfRecord.parseIp(text));
  }

  private static Name name(String text) {
    return Name.fromConstantString(text + ".");
  }

  private static Record service(String owner) {
    return new SRVRecord(name(owner), DClass.IN, 60, 1, 2, 5061, name("sip.contoso.com"));
  }

  private static Record alias(String owner, String target) {
    return new CNAMERecord(name(owner), DClass.IN, 60, name(target));
  }

  @Test
  void theFirstGoodAnswerEndsTheQueryAndALaterOneChangesNothing() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE, TWO);
    time.advanceSeconds(1);
    assertThat(asked).hasToString("[192.0.2.1 edns, 192.0.2.2 edns]");
    asked.get(0).answer(Rcode.NOERROR, service(NAME));
    assertThat(ended(answer).records())
        .containsExactly(new ServiceRecord(1, 2, 5061, "sip.contoso.com"));
    assertThat(asked).allMatch(each -> each.closed);
    assertThat(time.pendingTasks()).isZero();
    asked.get(1).answer(Rcode.REFUSED);
    asked.get(1).fail(new IOException("late"));
    assertThat(asked).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"300, 100", "1000, 200", "20000, 1000"})
  void theFirstPauseIsAFifthOfTheTimeOutWithinATenthOfASecondAndASecond(
      int timeoutMillis, long millis) {
    CompletableFuture<?> unused = lookup(Duration.ofMillis(timeoutMillis), 2, ONE, TWO).srv(NAME);
    time.advance(millis * MILLISECOND - 1);
    assertThat(asked).hasSize(1);
    time.advance(1);
    assertThat(asked).hasSize(2);
  }

  @Test
  void aServerThatCannotBeReachedGetsASecondChanceAndThenTheQueryFails() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    asked.get(0).fail(new PortUnreachableException("no port"));
    assertThat(asked).hasToString("[192.0.2.1 edns, 192.0.2.1]");
    asked.get(1).fail(new IOException("no way there"));
    assertThat(ended(answer))
        .isEqualTo(
            DnsAnswer.failed("192.0.2.1:53: nothing listens there; 192.0.2.1:53: no way there"));
  }

  @Test
  void withoutRetriesThereIsNoSecondChance() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(0, ONE, TWO);
    asked.get(0).fail(new IOException());
    assertThat(asked).hasToString("[192.0.2.1 edns, 192.0.2.2 edns]");
    asked.get(1).fail(new IOException("gone"));
    assertThat(ended(answer).detail())
        .isEqualTo("192.0.2.1:53: java.io.IOException; 192.0.2.2:53: gone");
  }

  @Test
  void whereNoSocketCanBeOpenedTheQueryFailsAtOnce() {
    noSockets = true;
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    assertThat(ended(answer)).isEqualTo(DnsAnswer.failed("192.0.2.1:53: no sockets"));
  }

  @Test
  void aServerThatAnswersWithAnErrorIsNotAskedAgain() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE, TWO);
    asked.get(0).answer(Rcode.REFUSED);
    asked.get(1).answer(Rcode.REFUSED);
    assertThat(ended(answer))
        .isEqualTo(DnsAnswer.failed("192.0.2.1:53: REFUSED; 192.0.2.2:53: REFUSED"));
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, true", "4, true", "5, false"})
  void onlyAnErrorThatMayMeanEdnsIsAskedForAgainWithoutIt(int rcode, boolean again) {
    DnsLookup lookup = lookup(TIMEOUT, 2, ONE);
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = lookup.srv(NAME);
    time.advance(0);
    last().answer(rcode);
    assertThat(asked).hasToString(again ? "[192.0.2.1 edns, 192.0.2.1]" : "[192.0.2.1 edns]");
    if (again) {
      last().answer(rcode);
    }
    assertThat(ended(answer).kind()).isEqualTo(Kind.FAILED);
    asked.clear();
    CompletableFuture<?> next = lookup.srv(NAME);
    time.advance(0);
    assertThat(asked)
        .as("known from then on")
        .hasToString(again ? "[192.0.2.1]" : "[192.0.2.1 edns]");
    last().answer(Rcode.NXDOMAIN);
    assertThat(next).isCompleted();
  }

  @ParameterizedTest
  @CsvSource({"1, true", "4, true", "2, false"})
  void anOldServerThatRefusesEdnsWithoutRepeatingTheQuestionIsUnderstood(int rcode, boolean taken) {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(0, ONE);
    Message refusal = last().response(rcode);
    refusal.removeAllRecords(Section.QUESTION);
    assertThat(last().answer(refusal)).isEqualTo(taken);
    assertThat(asked).hasSize(taken ? 2 : 1);
    last().answer(Rcode.NOERROR, service(NAME));
    assertThat(ended(answer).records()).hasSize(1);
  }

  @Test
  void aServerThatRefusesEdnsLateIsNotGivenUpWhileItIsAskedWithoutIt() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(1, ONE);
    time.advanceSeconds(1);
    assertThat(asked).hasToString("[192.0.2.1 edns, 192.0.2.1]");
    asked.get(0).answer(Rcode.FORMERR);
    assertThat(asked).hasSize(2);
    assertThat(answer).isNotDone();
    asked.get(1).answer(Rcode.NOERROR, service(NAME));
    assertThat(ended(answer).records()).hasSize(1);
  }

  @Test
  void aTruncatedAnswerIsAskedForByTcpOnce() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    Message truncated = last().response(Rcode.NOERROR);
    truncated.getHeader().setFlag(Flags.TC);
    last().answer(truncated);
    assertThat(asked).hasToString("[192.0.2.1 edns, 192.0.2.1 tcp edns]");
    Message again = last().response(Rcode.NOERROR, service(NAME));
    again.getHeader().setFlag(Flags.TC);
    last().answer(again);
    assertThat(ended(answer).records()).hasSize(1);
  }

  @Test
  void aliasesAreFollowedWithinAnAnswerAsFarAsEightOfThem() {
    for (int aliases = 8; aliases <= 9; aliases++) {
      CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
      List<Record> records = new ArrayList<>();
      String owner = NAME;
      for (int i = 0; i < aliases; i++) {
        records.add(alias(owner, "a" + i + ".contoso.com"));
        owner = "a" + i + ".contoso.com";
      }
      records.add(service(owner));
      last().answer(Rcode.NOERROR, records.toArray(new Record[0]));
      if (aliases == 8) {
        assertThat(ended(answer).records()).hasSize(1);
      } else {
        assertThat(ended(answer))
            .isEqualTo(DnsAnswer.failed("192.0.2.1:53: more than 8 aliases (CNAME)"));
      }
    }
  }

  @Test
  void anAliasThatLeadsOutOfTheAnswerIsAskedForAsOftenAsEightTimes() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    String owner = NAME;
    for (int i = 1; i <= 8; i++) {
      Asked before = last();
      before.answer(Rcode.NOERROR, alias(owner, "a" + i + ".contoso.com"));
      owner = "a" + i + ".contoso.com";
      assertThat(last().name()).isEqualTo(name(owner));
      // What still comes for the former name is of no interest.
      before.answer(Rcode.REFUSED);
      before.fail(new IOException("late"));
    }
    assertThat(asked).hasSize(9);
    last().answer(Rcode.NOERROR, alias(owner, "a9.contoso.com"));
    assertThat(ended(answer)).isEqualTo(DnsAnswer.failed("more than 8 aliases (CNAME)"));
  }

  @Test
  void eachAliasIsAskedForWithAllChances() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(1, ONE);
    last().fail(new IOException("lost"));
    last().answer(Rcode.NOERROR, alias(NAME, "a.contoso.com"));
    last().fail(new IOException("lost"));
    assertThat(answer).isNotDone();
    last().answer(Rcode.NOERROR, service("a.contoso.com"));
    assertThat(ended(answer).records()).hasSize(1);
  }

  @Test
  void recordsOfOtherNamesTypesAndClassesAreNone() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    last()
        .answer(
            Rcode.NOERROR,
            service("_sip._tcp.contoso.com"),
            new ARecord(name(NAME), DClass.IN, 60, ip("192.0.2.9")),
            new SRVRecord(name(NAME), DClass.CH, 60, 1, 2, 5061, name("sip.contoso.com")));
    assertThat(ended(answer)).isEqualTo(DnsAnswer.none("no SRV record"));
  }

  @Test
  void aNameThatDoesNotExistIsNoFailureThoughAnAliasLedThere() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    last().answer(Rcode.NXDOMAIN, alias(NAME, "gone.contoso.com"));
    assertThat(ended(answer)).isEqualTo(DnsAnswer.none("no such name (NXDOMAIN)"));
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, true, true",
    "false, true, true, false",
    "true, false, true, false",
    "false, false, false, false"
  })
  void aServerThatOnlyNamesOthersHasFailed(
      boolean authoritative, boolean soa, boolean ns, boolean referral) {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE);
    Message response = last().response(Rcode.NOERROR);
    if (!authoritative) {
      response.getHeader().unsetFlag(Flags.AA);
    }
    Name zone = name("contoso.com");
    if (ns) {
      response.addRecord(
          new NSRecord(zone, DClass.IN, 60, name("ns.contoso.com")), Section.AUTHORITY);
    }
    if (soa) {
      response.addRecord(
          new SOARecord(zone, DClass.IN, 60, zone, zone, 1, 1, 1, 1, 1), Section.AUTHORITY);
    }
    last().answer(response);
    assertThat(ended(answer).kind()).isEqualTo(referral ? Kind.FAILED : Kind.NONE);
  }

  @Requirement("DISC-18")
  @Test
  void whatIsNoAnswerToTheQueryIsIgnoredAndCounted() throws IOException {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(0, ONE);
    Message other = last().response(Rcode.NOERROR, service(NAME));
    other.getHeader().setID(last().query.getHeader().getID() ^ 1);
    Message noQuestion = last().response(Rcode.REFUSED);
    noQuestion.removeAllRecords(Section.QUESTION);
    Message query = last().response(Rcode.NOERROR, service(NAME));
    query.getHeader().unsetFlag(Flags.QR);
    for (Message each : List.of(other, noQuestion, query)) {
      assertThat(last().answer(each)).isFalse();
    }
    assertThat(last().listener.received(new byte[3])).isFalse();
    time.advance(20_000 * MILLISECOND - 1);
    assertThat(answer).isNotDone();
    time.advance(1);
    assertThat(ended(answer))
        .isEqualTo(
            DnsAnswer.failed(
                "no answer within 20 s from [192.0.2.1:53]; ignored 4 messages whose id or"
                    + " question is not that of the query"));
  }

  @Test
  void theTimeOutNamesWhoWasAskedAndWhatHadFailed() {
    CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(2, ONE, TWO);
    last().answer(Rcode.REFUSED);
    time.advanceSeconds(20);
    assertThat(ended(answer))
        .isEqualTo(
            DnsAnswer.failed(
                "no answer within 20 s from [192.0.2.1:53, 192.0.2.2:53] (192.0.2.1:53:"
                    + " REFUSED)"));
  }

  @ParameterizedTest
  @CsvSource({
    "found, found, FOUND, 2, ''",
    "found, failed, FOUND, 1, ''",
    "failed, found, FOUND, 1, ''",
    "none, none, NONE, 0, no such name (NXDOMAIN)",
    "none, failed, FAILED, 0, no such name (NXDOMAIN); 192.0.2.1:53: REFUSED",
    "failed, none, FAILED, 0, 192.0.2.1:53: REFUSED; no such name (NXDOMAIN)",
    "failed, failed, FAILED, 0, 192.0.2.1:53: REFUSED"
  })
  @Requirement("DISC-14")
  void addressesOfBothFamiliesCountAndOneFamilyIsEnough(
      String four, String six, Kind kind, int records, String detail) {
    CompletableFuture<DnsAnswer<InetAddress>> answer =
        lookup(TIMEOUT, 2, ONE).addresses("sip.contoso.com");
    time.advance(0);
    for (Asked each : List.copyOf(asked)) {
      boolean v4 = each.query.getQuestion().getType() == Type.A;
      Record address =
          v4
              ? new ARecord(each.name(), DClass.IN, 60, ip("192.0.2.9"))
              : new AAAARecord(each.name(), DClass.IN, 60, ip("2001:db8::9"));
      switch (v4 ? four : six) {
        case "found" -> each.answer(Rcode.NOERROR, address);
        case "failed" -> each.answer(Rcode.REFUSED);
        default -> each.answer(Rcode.NXDOMAIN);
      }
    }
    assertThat(ended(answer).kind()).isEqualTo(kind);
    assertThat(ended(answer).records()).hasSize(records);
    assertThat(ended(answer).detail()).isEqualTo(detail);
  }

  @Test
  void whereNoServerIsKnownTheQueryFailsAtOnceAndSaysSo() {
    assertThat(ended(srv(2))).isEqualTo(DnsAnswer.failed("no DNS server is known"));
  }

  @Test
  void whatIsNoDnsNameFailsWithoutAQuery() {
    String longLabel = "a".repeat(64) + ".contoso.com";
    assertThat(ended(lookup(TIMEOUT, 2, ONE).srv(longLabel)).detail())
        .startsWith("'" + longLabel + "' is no DNS name: ");
    assertThat(asked).isEmpty();
  }
}
