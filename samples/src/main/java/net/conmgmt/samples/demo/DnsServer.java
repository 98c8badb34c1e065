package net.conmgmt.samples.demo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/**
 * A DNS server for a handful of records, over UDP on loopback: just enough for a machine without
 * one to show discovery. Thread-safe; it answers until it is closed, on a daemon thread.
 */
public final class DnsServer implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(DnsServer.class);

  private static final int MOST_BYTES = 512;
  private static final int TTL_SECONDS = 60;

  private final DatagramSocket socket;
  private final List<Record> records;

  /** Serves these records and no others, on a port that the system chooses. */
  public DnsServer(Record... records) throws IOException {
    this.records = List.of(records);
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread thread = new Thread(this::serve, "sample-dns");
    thread.setDaemon(true);
    thread.start();
  }

  /** An SRV record; a target of {@code .} says that there is no such service. */
  public static Record srv(String name, int priority, int port, String target) {
    return new SRVRecord(name(name), DClass.IN, TTL_SECONDS, priority, 0, port, name(target));
  }

  /** An A record that names this machine. */
  public static Record loopback(String name) {
    return new ARecord(name(name), DClass.IN, TTL_SECONDS, InetAddress.getLoopbackAddress());
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("'" + text + "' is not a domain name", e);
    }
  }

  /** Where it answers, as the property {@code net.conmgmt.sip.DNS_SERVERS} wants it. */
  public String property() {
    return socket.getLocalAddress().getHostAddress() + ":" + socket.getLocalPort();
  }

  private void serve() {
    byte[] buffer = new byte[MOST_BYTES];
    while (!socket.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] answer = answer(new Message(ByteBuffer.wrap(buffer, 0, packet.getLength())));
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException | RuntimeException e) {
        if (!socket.isClosed()) {
          LOG.warn("A DNS query could not be answered", e);
        }
      }
    }
  }

  private byte[] answer(Message query) {
    Record question = query.getQuestion();
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.AA);
    answer.addRecord(question, Section.QUESTION);
    boolean known = false;
    for (Record candidate : records) {
      if (candidate.getName().equals(question.getName())) {
        known = true;
        if (candidate.getType() == question.getType()) {
          answer.addRecord(candidate, Section.ANSWER);
        }
      }
    }
    if (!known) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    return answer.toWire(MOST_BYTES);
  }

  @Override
  public void close() {
    socket.close();
  }
}
