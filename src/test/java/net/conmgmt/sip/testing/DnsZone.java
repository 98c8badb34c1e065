package net.conmgmt.sip.testing;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The records of a {@link DnsServer}. A name without records does not exist (NXDOMAIN); a CNAME is
 * followed within the zone. Names are absolute, with or without the final dot. Thread-safe.
 */
public final class DnsZone {

  private static final int TTL_SECONDS = 60;
  private static final int MAX_CNAMES = 8;

  private final List<Record> records = new CopyOnWriteArrayList<>();

  /** Adds any record. */
  public DnsZone add(Record added) {
    records.add(added);
    return this;
  }

  /** Adds an SRV record; a target of {@code .} says that there is no such service. */
  public DnsZone srv(String name, int priority, int weight, int port, String target) {
    return add(
        new SRVRecord(name(name), DClass.IN, TTL_SECONDS, priority, weight, port, name(target)));
  }

  /** Adds an A record, or an AAAA record when the address is one of IPv6. */
  public DnsZone address(String name, InetAddress address) {
    return add(
        address.getAddress().length == 4
            ? new ARecord(name(name), DClass.IN, TTL_SECONDS, address)
            : new AAAARecord(name(name), DClass.IN, TTL_SECONDS, address));
  }

  /** Adds a CNAME record. */
  public DnsZone cname(String name, String target) {
    return add(new CNAMERecord(name(name), DClass.IN, TTL_SECONDS, name(target)));
  }

  /** Removes every record of that name. */
  public DnsZone remove(String name) {
    Name owner = name(name);
    records.removeIf(r -> r.getName().equals(owner));
    return this;
  }

  /** Puts what the zone knows of {@code question} into {@code answer}. */
  public void answer(Record question, Message answer) {
    Name owner = question.getName();
    boolean known = false;
    for (int steps = 0; steps < MAX_CNAMES; steps++) {
      Name next = null;
      for (Record r : records) {
        if (r.getName().equals(owner)) {
          known = true;
          if (r.getType() == question.getType() || r.getType() == Type.CNAME) {
            answer.addRecord(r, Section.ANSWER);
            next = r instanceof CNAMERecord cname ? cname.getTarget() : next;
          }
        }
      }
      if (next == null) {
        break;
      }
      owner = next;
    }
    if (!known) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("'" + text + "' is not a domain name", e);
    }
  }
}
