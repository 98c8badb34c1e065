package net.conmgmt.sip.internal.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.directory.DirectoryStore.Answer;
import net.conmgmt.sip.internal.directory.DirectoryStore.Held;
import net.conmgmt.sip.internal.directory.DirectoryStore.Lease;
import net.conmgmt.sip.internal.directory.DirectoryStore.Nodes;
import net.conmgmt.sip.internal.directory.DirectoryStore.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The text format of entries and answers in Redis: {@code
 * epoch|node|incarnation|flow|authenticated|until|contact}. Pure functions.
 */
final class RedisTexts {

  static final String PREFIX = "conmgmt:";

  private static final int FIELDS = 7;

  /** A displacement that was published. */
  record Hint(Endpoint endpoint, long epoch, String node) {}

  private RedisTexts() {}

  /** Follows the instance in the field of a flow of SIP outbound (RFC 5626). */
  private static final String FLOW = ";reg-id=";

  /** The field of a user's hash: the instance, and its flow where there is one. */
  static String fieldOf(Endpoint endpoint) {
    return endpoint.regId() > 0 || endpoint.instance().contains(FLOW)
        ? endpoint.instance() + FLOW + endpoint.regId()
        : endpoint.instance();
  }

  private static Endpoint endpoint(String addressOfRecord, String field) {
    int at = field.lastIndexOf(FLOW);
    return at < 0
        ? new Endpoint(addressOfRecord, field)
        : new Endpoint(
            addressOfRecord,
            field.substring(0, at),
            Integer.parseInt(field.substring(at + FLOW.length())));
  }

  /** The braces make it one slot of a Redis Cluster, though there is one key a user anyway. */
  static String keyOf(String addressOfRecord) {
    return PREFIX + "{" + addressOfRecord + "}";
  }

  static @Nullable Held held(Endpoint endpoint, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      return null;
    }
    String[] fields = value.split("\\|", FIELDS);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException(
          "Expected " + FIELDS + " fields in the directory's entry of " + endpoint);
    }
    return new Held(
        endpoint,
        Long.parseLong(fields[0]),
        fields[1],
        Long.parseLong(fields[2]),
        fields[3],
        fields[4].equals("1"),
        Long.parseLong(fields[5]),
        fields[6]);
  }

  /** The entries of a hash without those that were released. */
  static List<Held> entries(String addressOfRecord, Map<String, String> hash) {
    List<Held> entries = new ArrayList<>();
    hash.forEach(
        (field, value) -> {
          Held held = held(endpoint(addressOfRecord, field), value);
          if (held != null && !held.node().isEmpty()) {
            entries.add(held);
          }
        });
    return entries;
  }

  static Answer answer(Endpoint endpoint, List<String> words) {
    return new Answer(
        Verdict.valueOf(words.get(0)),
        Long.parseLong(words.get(1)),
        Long.parseLong(words.get(2)),
        held(endpoint, words.get(3)));
  }

  static Nodes nodes(List<String> words) {
    Map<String, Lease> leases = new HashMap<>();
    for (int i = 3; i + 1 < words.size(); i += 2) {
      String member = words.get(i);
      int space = member.lastIndexOf(' ');
      leases.merge(
          member.substring(0, space),
          new Lease(
              Long.parseLong(member.substring(space + 1)),
              (long) Double.parseDouble(words.get(i + 1))),
          (one, other) -> one.incarnation() > other.incarnation() ? one : other);
    }
    return new Nodes(
        Long.parseLong(words.get(0)),
        Long.parseLong(words.get(1)),
        words.get(2).equals("1"),
        leases);
  }

  static Hint hint(String message) {
    String[] fields = message.split("\\|", 4);
    byte[] both = fields[3].getBytes(StandardCharsets.UTF_8);
    int length = Integer.parseInt(fields[2]);
    String addressOfRecord = new String(both, 0, length, StandardCharsets.UTF_8);
    String field = new String(both, length, both.length - length, StandardCharsets.UTF_8);
    return new Hint(endpoint(addressOfRecord, field), Long.parseLong(fields[0]), fields[1]);
  }
}
