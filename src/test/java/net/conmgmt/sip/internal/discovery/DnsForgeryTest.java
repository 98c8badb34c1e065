package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What comes beside the right answer, and paths on which EDNS is lost; real sockets throughout. */
class DnsForgeryTest {

  private static final String NAME = "_sip._tls.contoso.com";
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** What is sent before the right answer. */
  enum Forgery {
    WRONG_ID,
    WRONG_QUESTION,
    NO_QUESTION,
    A_QUERY,
    GARBAGE,
    NOTHING,
    WRONG_SENDER,
    WRONG_ID_AND_ERROR
  }

  private final SystemScheduler scheduler = new SystemScheduler("test-timer");
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    scheduler.close();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  /** What an answer leads to. */
  private record Host(String name, String ipv4, String ipv6) {}

  private static final Host RIGHT = new Host("sip.contoso.com", "127.0.0.1", "::1");
  private static final Host EVIL = new Host("evil.contoso.com", "127.0.0.66", "::66");

  private static InetAddress ip(String text) {
    return Objects.requireNonNull(AddressOfRecord.parseIp(text));
  }

  private interface Server {
    void asked(Message query, DatagramPacket from, DatagramSocket socket) throws IOException;
  }

  private InetSocketAddress serve(Server server) throws IOException {
    DatagramSocket socket = new DatagramSocket(0, LOOPBACK);
    open.add(socket);
    Thread thread =
        new Thread(
            () -> {
              DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
              try {
                while (true) {
                  packet.setLength(1_500);
                  socket.receive(packet);
                  server.asked(
                      new Message(ByteBuffer.wrap(packet.getData(), 0, packet.getLength())),
                      packet,
                      socket);
                }
              } catch (IOException e) {
                assertThat(socket.isClosed()).as("%s", e).isTrue();
              }
            },
            "DNS server under test");
    thread.setDaemon(true);
    thread.start();
    return new InetSocketAddress(LOOPBACK, socket.getLocalPort());
  }

  private static void send(DatagramSocket socket, DatagramPacket to, byte[] bytes)
      throws IOException {
    socket.send(new DatagramPacket(bytes, bytes.length, to.getSocketAddress()));
  }

  private static Message answer(Message query) throws IOException {
    return answer(query, RIGHT);
  }

  private static Message answer(Message query, Host host) throws IOException {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.AA);
    Record question = query.getQuestion();
    answer.addRecord(question, Section.QUESTION);
    Name name = question.getName();
    answer.addRecord(
        switch (question.getType()) {
          case Type.A -> new ARecord(name, DClass.IN, 60, ip(host.ipv4));
          case Type.AAAA -> new AAAARecord(name, DClass.IN, 60, ip(host.ipv6));
          default ->
              new SRVRecord(
                  name, DClass.IN, 60, 0, 0, 5061, Name.fromConstantString(host.name + "."));
        },
        Section.ANSWER);
    return answer;
  }

  private static byte[] forged(Message query, Forgery forgery) throws IOException {
    Message message = answer(query, EVIL);
    switch (forgery) {
      case WRONG_ID -> message.getHeader().setID(query.getHeader().getID() ^ 0x55);
      case WRONG_ID_AND_ERROR -> {
        message.getHeader().setID(query.getHeader().getID() ^ 0x55);
        message.getHeader().setRcode(Rcode.REFUSED);
      }
      case WRONG_QUESTION -> {
        message.removeAllRecords(Section.QUESTION);
        message.addRecord(
            Record.newRecord(
                Name.fromConstantString("evil.example."), query.getQuestion().getType(), DClass.IN),
            Section.QUESTION);
      }
      case NO_QUESTION -> message.removeAllRecords(Section.QUESTION);
      case A_QUERY -> message.getHeader().unsetFlag(Flags.QR);
      case GARBAGE -> {
        return new byte[] {1, 2, 3};
      }
      case NOTHING -> {
        return new byte[0];
      }
      case WRONG_SENDER -> message.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    return message.toWire();
  }

  private DnsLookup lookup(InetSocketAddress server) {
    return new DnsJavaLookup(List.of(server), scheduler, TIMEOUT, 2, true);
  }

  @Requirement("DISC-18")
  @ParameterizedTest
  @EnumSource(Forgery.class)
  void theRightAnswerCountsWhateverComesBeforeIt(Forgery forgery) throws Exception {
    InetSocketAddress server =
        serve(
            (query, from, socket) -> {
              if (forgery == Forgery.WRONG_SENDER) {
                try (DatagramSocket other = new DatagramSocket(0, LOOPBACK)) {
                  send(other, from, forged(query, forgery));
                }
              } else {
                send(socket, from, forged(query, forgery));
              }
              send(socket, from, answer(query).toWire());
            });
    DnsLookup lookup = lookup(server);
    assertThat(lookup.srv(NAME).get(30, TimeUnit.SECONDS).records())
        .containsExactly(new ServiceRecord(0, 0, 5061, "sip.contoso.com"));
    assertThat(lookup.addresses("sip.contoso.com").get(30, TimeUnit.SECONDS).records())
        .as("A and AAAA")
        .containsExactlyInAnyOrder(ip(RIGHT.ipv4), ip(RIGHT.ipv6));
  }

  @Requirement("DISC-18")
  @ParameterizedTest
  @EnumSource(
      value = Forgery.class,
      names = {"WRONG_SENDER"},
      mode = EnumSource.Mode.EXCLUDE)
  void theRightAnswerOverTcpCountsWhateverComesBeforeIt(Forgery forgery) throws Exception {
    try (ServerSocket tcp = new ServerSocket(0, 50, LOOPBACK);
        DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), LOOPBACK)) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
                  udp.receive(packet);
                  Message query =
                      new Message(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
                  Message truncated = new Message(query.getHeader().getID());
                  truncated.getHeader().setFlag(Flags.QR);
                  truncated.getHeader().setFlag(Flags.TC);
                  truncated.addRecord(query.getQuestion(), Section.QUESTION);
                  send(udp, packet, truncated.toWire());
                  try (Socket socket = tcp.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    byte[] bytes = new byte[in.readUnsignedShort()];
                    in.readFully(bytes);
                    Message again = new Message(bytes);
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    for (byte[] each : List.of(forged(again, forgery), answer(again).toWire())) {
                      out.writeShort(each.length);
                      // Split, as a slow path does.
                      out.write(each, 0, each.length / 2);
                      out.flush();
                      out.write(each, each.length / 2, each.length - each.length / 2);
                    }
                    assertThat(in.read()).as("the client closes").isEqualTo(-1);
                  }
                } catch (IOException e) {
                  assertThat(tcp.isClosed()).as("%s", e).isTrue();
                }
              },
              "truncating DNS server");
      thread.setDaemon(true);
      thread.start();
      assertThat(
              lookup(new InetSocketAddress(LOOPBACK, tcp.getLocalPort()))
                  .srv(NAME)
                  .get(30, TimeUnit.SECONDS)
                  .records())
          .containsExactly(new ServiceRecord(0, 0, 5061, "sip.contoso.com"));
    }
  }

  @Test
  void aPathThatDropsEdnsIsAskedWithoutItInTheSecondRoundAndKnownFromThenOn() throws Exception {
    List<Boolean> edns = new ArrayList<>();
    InetSocketAddress server =
        serve(
            (query, from, socket) -> {
              synchronized (edns) {
                edns.add(query.getOPT() != null);
              }
              if (query.getOPT() == null) {
                send(socket, from, answer(query).toWire());
              }
            });
    DnsLookup lookup = lookup(server);
    assertThat(lookup.srv(NAME).get(30, TimeUnit.SECONDS).records()).hasSize(1);
    assertThat(lookup.srv("_sip._tcp.contoso.com").get(30, TimeUnit.SECONDS).records()).hasSize(1);
    synchronized (edns) {
      assertThat(edns).containsExactly(true, false, false);
    }
  }

  @Test
  void aServerThatFailsOverEdnsIsAskedWithoutItAtOnce() throws Exception {
    List<Boolean> edns = new ArrayList<>();
    InetSocketAddress server =
        serve(
            (query, from, socket) -> {
              synchronized (edns) {
                edns.add(query.getOPT() != null);
              }
              Message answer = answer(query);
              if (query.getOPT() != null) {
                answer.removeAllRecords(Section.ANSWER);
                answer.getHeader().setRcode(Rcode.SERVFAIL);
              }
              send(socket, from, answer.toWire());
            });
    assertThat(lookup(server).srv(NAME).get(30, TimeUnit.SECONDS).records()).hasSize(1);
    synchronized (edns) {
      assertThat(edns).containsExactly(true, false);
    }
  }

  @Test
  void aTargetInUtf8IsTakenByItsALabels() throws Exception {
    InetSocketAddress server =
        serve(
            (query, from, socket) -> {
              Message answer = answer(query);
              answer.removeAllRecords(Section.ANSWER);
              answer.addRecord(
                  new SRVRecord(
                      query.getQuestion().getName(),
                      DClass.IN,
                      60,
                      0,
                      0,
                      5061,
                      Name.fromConstantString("m\\195\\188nchen.contoso.com.")),
                  Section.ANSWER);
              send(socket, from, answer.toWire());
            });
    assertThat(lookup(server).srv(NAME).get(30, TimeUnit.SECONDS).records())
        .containsExactly(new ServiceRecord(0, 0, 5061, "xn--mnchen-3ya.contoso.com"));
  }
}
