package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.discovery.DnsAnswer.Kind;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;

/** When a query is sent again, and what happens when the second way fails too. */
class DnsRetryTest {

  private static final String NAME = "_sipinternaltls._tcp.contoso.com";
  private static final long SECOND = 1_000_000_000L;
  private static final int RETRIES = 10;
  private static final Duration TIMEOUT = Duration.ofSeconds(40);

  /** Virtual time that writes down when something waits, and for how long. */
  private static final class Pauses implements Scheduler {
    final VirtualScheduler time = new VirtualScheduler();
    final List<Long> seconds = new ArrayList<>();

    @Override
    public long nanoTime() {
      return time.nanoTime();
    }

    @Override
    public Task schedule(Runnable task, long delayNanos) {
      if (delayNanos > 0) {
        seconds.add(delayNanos / SECOND);
      }
      return time.schedule(task, delayNanos);
    }
  }

  @Test
  void aSilentServerIsAskedAgainAfterPausesThatDoubleUntilTheTimeOut() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Pauses pauses = new Pauses();
      CompletableFuture<DnsAnswer<ServiceRecord>> answer = srv(pauses, silent);
      pauses.time.advanceSeconds(39);
      assertThat(answer).isNotDone();
      assertThat(pauses.seconds)
          .as("the time-out, then the pauses")
          .containsExactly(40L, 1L, 2L, 4L, 8L, 16L, 32L);
      pauses.time.advanceSeconds(1);
      assertThat(answer).isCompleted();
      assertThat(answer.join().detail()).contains("no answer within 40 s");
      assertThat(pauses.time.pendingTasks()).isZero();
      silent.setSoTimeout(10_000);
      for (int query = 0; query < 6; query++) {
        silent.receive(new DatagramPacket(new byte[600], 600));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, '40 1'", "1, '40 1 2'", "2, '40 1 2 4'"})
  void aSilentServerIsAskedAgainAsOftenAsThePropertySays(int retries, String seconds)
      throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Pauses pauses = new Pauses();
      CompletableFuture<?> answer =
          new DnsJavaLookup(List.of(address(silent)), pauses, TIMEOUT, retries, false).srv(NAME);
      pauses.time.advanceSeconds(39);
      assertThat(answer).as("a late answer counts").isNotDone();
      assertThat(pauses.seconds.toString().replaceAll("[\\[\\],]", "")).isEqualTo(seconds);
      pauses.time.advanceSeconds(1);
      assertThat(answer).isCompleted();
      silent.setSoTimeout(10_000);
      for (int query = 0; query <= retries; query++) {
        silent.receive(new DatagramPacket(new byte[600], 600));
      }
      silent.setSoTimeout(1);
      assertThatThrownBy(() -> silent.receive(new DatagramPacket(new byte[600], 600)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void eachOfSeveralSilentServersIsAskedBeforeThePauseDoubles() throws Exception {
    try (DatagramSocket one = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        DatagramSocket two = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Pauses pauses = new Pauses();
      assertThat(srv(pauses, one, two)).isNotDone();
      pauses.time.advanceSeconds(6);
      assertThat(pauses.seconds).containsExactly(40L, 1L, 1L, 2L, 2L, 4L);
    }
  }

  @Test
  void aTruncatedAnswerWhoseTcpPortIsClosedFails() throws Exception {
    try (DatagramSocket udpOnly = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        SystemScheduler scheduler = new SystemScheduler("test-timer")) {
      Thread server = new Thread(() -> truncateAll(udpOnly), "truncating DNS server");
      server.setDaemon(true);
      server.start();
      DnsAnswer<ServiceRecord> answer = srv(scheduler, udpOnly).get(30, TimeUnit.SECONDS);
      assertThat(answer.kind()).isEqualTo(Kind.FAILED);
      assertThat(answer.detail()).contains("127.0.0.1:" + udpOnly.getLocalPort());
    }
  }

  @Test
  void anAliasAtTheTargetOfAServiceLeadsToItsAddress() throws Exception {
    try (DnsServer server = new DnsServer();
        SystemScheduler scheduler = new SystemScheduler("test-timer")) {
      InetAddress ip = InetAddress.getLoopbackAddress();
      server.zone().srv(NAME, 0, 0, 5061, "sip.contoso.com");
      server.zone().cname("sip.contoso.com", "host.contoso.com").address("host.contoso.com", ip);
      DnsLookup lookup =
          new DnsJavaLookup(List.of(server.address()), scheduler, TIMEOUT, RETRIES, false);
      String target = lookup.srv(NAME).get(30, TimeUnit.SECONDS).records().get(0).target();
      assertThat(target)
          .as("its name stays, the certificate must carry it")
          .isEqualTo("sip.contoso.com");
      assertThat(lookup.addresses(target).get(30, TimeUnit.SECONDS).records()).containsExactly(ip);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, true", "1, false", "4, true"})
  void aServerThatDoesNotKnowEdnsIsAskedOnceMoreWithoutIt(int rcode, boolean repeatsQuestion)
      throws Exception {
    try (DatagramSocket old = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        SystemScheduler scheduler = new SystemScheduler("test-timer")) {
      Thread server =
          new Thread(() -> answerWithoutEdns(old, rcode, repeatsQuestion), "old DNS server");
      server.setDaemon(true);
      server.start();
      assertThat(srv(scheduler, old).get(30, TimeUnit.SECONDS).records())
          .containsExactly(new ServiceRecord(0, 0, 5061, "sip.contoso.com"));
    }
  }

  private static void answerWithoutEdns(DatagramSocket socket, int rcode, boolean repeatsQuestion) {
    DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
    Name target = Name.fromConstantString("sip.contoso.com.");
    Record service =
        new SRVRecord(Name.fromConstantString(NAME + "."), DClass.IN, 60, 0, 0, 5061, target);
    try {
      while (true) {
        packet.setLength(1_500);
        socket.receive(packet);
        Message query = new Message(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        if (repeatsQuestion || query.getOPT() == null) {
          answer.addRecord(query.getQuestion(), Section.QUESTION);
        }
        if (query.getOPT() != null) {
          answer.getHeader().setRcode(rcode);
        } else {
          answer.addRecord(service, Section.ANSWER);
        }
        byte[] bytes = answer.toWire();
        socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      assertThat(socket.isClosed()).as("%s", e).isTrue();
    }
  }

  private static void truncateAll(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
    try {
      while (true) {
        packet.setLength(1_500);
        socket.receive(packet);
        Message answer = new Message(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.TC);
        byte[] bytes = answer.toWire();
        socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      assertThat(socket.isClosed()).as("%s", e).isTrue();
    }
  }

  private static CompletableFuture<DnsAnswer<ServiceRecord>> srv(
      Scheduler scheduler, DatagramSocket... servers) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (DatagramSocket server : servers) {
      addresses.add(address(server));
    }
    return new DnsJavaLookup(addresses, scheduler, TIMEOUT, RETRIES, false).srv(NAME);
  }

  private static InetSocketAddress address(DatagramSocket server) {
    return new InetSocketAddress(server.getLocalAddress(), server.getLocalPort());
  }
}
