package net.conmgmt.sip.simulation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Predicate;
import net.conmgmt.sip.internal.discovery.SimulatedDiscovery;
import net.conmgmt.sip.testing.DnsZone;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The way to DNS servers and back: answers come late, twice, cut short or not at all, somebody else
 * may be faster, and a server may be ill.
 */
final class SimulatedDns implements SimulatedDiscovery.Asking {

  /** Where forged answers point. */
  static final InetAddress FORGED = Cast.address(66);

  static final String[] FAULTS = {
    "lost", "late", "doubled", "forged", "failed", "cut", "unreachable"
  };

  private final World world;
  private final Host host;
  private final DnsZone zone;
  private final int faultPercent;
  private final Interleaving.Lane thread = new Interleaving.Lane();

  SimulatedDns(Host host, DnsZone zone, int faultPercent) {
    this.world = host.world;
    this.host = host;
    this.zone = zone;
    this.faultPercent = faultPercent;
  }

  /** One query on its way. */
  private final class Query implements Runnable {
    private final Predicate<byte[]> received;
    private boolean ended;

    Query(Predicate<byte[]> received) {
      this.received = received;
    }

    @Override
    public void run() {
      ended = true;
    }

    void answer(byte[] message, long delayNanos) {
      world.in(
          host.process(),
          thread,
          delayNanos,
          () -> {
            if (!ended && received.test(message)) {
              ended = true;
            }
          });
    }
  }

  @Override
  public Runnable ask(
      InetSocketAddress server,
      boolean tcp,
      byte[] bytes,
      Predicate<byte[]> received,
      Consumer<IOException> failed)
      throws IOException {
    Query query = new Query(received);
    Message asked = new Message(bytes);
    String fault = host.faultsGoOn() && world.dice.chance(faultPercent) ? drawFault() : "none";
    world.coverage.count("DNS: " + fault);
    world.note(host, "asks " + server + " for " + asked.getQuestion().getName() + ", " + fault);
    byte[] right = answerTo(asked, Rcode.NOERROR, false).toWire();
    long delay = world.dice.nanos(0.001, 0.05);
    if (host.machine.unreachableUntil > world.elapsed()) {
      return query;
    }
    switch (fault) {
      case "lost" -> world.note(host, "hears nothing of it");
      case "late" -> query.answer(right, world.dice.nanos(0.5, 6));
      case "doubled" -> {
        query.answer(right, delay);
        query.answer(right, 2 * delay);
      }
      case "forged" -> {
        query.answer(forged(asked), delay / 2);
        query.answer(right, delay);
      }
      case "failed" -> query.answer(answerTo(asked, Rcode.SERVFAIL, false).toWire(), delay);
      case "cut" -> query.answer(answerTo(asked, Rcode.NOERROR, !tcp).toWire(), delay);
      case "unreachable" ->
          world.in(
              host.process(),
              thread,
              delay,
              () -> failed.accept(new IOException("Port unreachable")));
      default -> query.answer(right, delay);
    }
    return query;
  }

  private String drawFault() {
    return world.dice.of(FAULTS);
  }

  /** Of somebody who does not know the id: it points elsewhere, or says that there is nothing. */
  private static byte[] forged(Message asked) {
    Message answer = new Message(asked.getHeader().getID() ^ 1);
    answer.getHeader().setFlag(Flags.QR);
    answer.addRecord(asked.getQuestion(), Section.QUESTION);
    if (asked.getQuestion().getType() == Type.A) {
      answer.addRecord(
          new ARecord(asked.getQuestion().getName(), DClass.IN, 60, FORGED), Section.ANSWER);
    } else {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    return answer.toWire();
  }

  private Message answerTo(Message asked, int rcode, boolean truncated) {
    Message answer = new Message(asked.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.RA);
    answer.getHeader().setRcode(rcode);
    answer.addRecord(asked.getQuestion(), Section.QUESTION);
    if (truncated) {
      answer.getHeader().setFlag(Flags.TC);
    } else if (rcode == Rcode.NOERROR) {
      zone.answer(asked.getQuestion(), answer);
    }
    return answer;
  }
}
