package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Recognises the response to a DNS query and reads what it answers. Pure. */
final class DnsMessages {

  private static final int MAX_ALIASES = 8;

  private DnsMessages() {}

  /**
   * What one response says.
   *
   * @param records the records of the type that was asked, at the name or where its aliases lead
   * @param alias where the aliases lead when the records there have to be asked for, or null
   * @param failure why the response says nothing, or null
   */
  record Reading(List<Record> records, @Nullable Name alias, @Nullable String failure) {

    private static Reading failed(String why) {
      return new Reading(List.of(), null, why);
    }
  }

  /**
   * The message that {@code bytes} hold, if it answers {@code query}: the same id and question. An
   * old server that refuses EDNS may repeat no question. Null for anything else.
   */
  static @Nullable Message answerTo(Message query, byte[] bytes) {
    Message response;
    try {
      response = new Message(bytes);
    } catch (IOException | RuntimeException e) {
      return null;
    }
    boolean answers =
        response.getHeader().getFlag(Flags.QR)
            && response.getHeader().getID() == query.getHeader().getID();
    Record question = response.getQuestion();
    boolean refuses =
        question == null
            && (response.getRcode() == Rcode.FORMERR || response.getRcode() == Rcode.NOTIMP);
    return answers && (refuses || query.getQuestion().equals(question)) ? response : null;
  }

  /** Reads {@code response}; records of other names, types and classes are passed over. */
  static Reading read(Message response, Name asked, int type) {
    int rcode = response.getRcode();
    if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
      return Reading.failed(Rcode.string(rcode));
    }
    List<Record> answer = response.getSection(Section.ANSWER);
    Name owner = asked;
    for (int aliases = 0; aliases <= MAX_ALIASES; aliases++) {
      List<Record> found = new ArrayList<>();
      Name next = null;
      for (Record record : answer) {
        if (record.getDClass() == DClass.IN && record.getName().equals(owner)) {
          if (record.getType() == type) {
            found.add(record);
          } else if (record instanceof CNAMERecord cname) {
            next = cname.getTarget();
          }
        }
      }
      if (!found.isEmpty()) {
        return new Reading(found, null, null);
      }
      if (next == null) {
        return nothingAt(response, owner, !owner.equals(asked), rcode);
      }
      owner = next;
    }
    return Reading.failed("more than " + MAX_ALIASES + " aliases (CNAME)");
  }

  private static Reading nothingAt(Message response, Name owner, boolean alias, int rcode) {
    if (rcode == Rcode.NXDOMAIN) {
      return new Reading(List.of(), null, null);
    }
    if (alias) {
      return new Reading(List.of(), owner, null);
    }
    return isReferral(response)
        ? Reading.failed("a referral: the server neither knows the name nor asks others")
        : new Reading(List.of(), null, null);
  }

  private static boolean isReferral(Message response) {
    boolean servers = false;
    for (Record record : response.getSection(Section.AUTHORITY)) {
      if (record.getType() == Type.SOA) {
        return false;
      }
      servers |= record.getType() == Type.NS;
    }
    return servers && !response.getHeader().getFlag(Flags.AA);
  }
}
