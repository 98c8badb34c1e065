package net.conmgmt.samples.status;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a page wants to see of the connections. Immutable.
 *
 * @param text what user or peer must contain, in lower case; empty for all
 * @param state the only state to be shown; null for all
 * @param sort what comes first
 * @param page which page, from 0
 * @param open the connections whose events are shown
 */
record StatusView(
    String text, @Nullable ConnectionState state, Sort sort, int page, Set<Long> open) {

  /** How many connections a page has. */
  static final int PAGE_SIZE = 50;

  private static final int MOST_TEXT = 100;
  private static final int MOST_OPEN = 20;

  /** How connections are ordered. */
  enum Sort {
    AGE,
    NEWEST,
    USER,
    PEER,
    DEADLINE
  }

  /**
   * Reads a query such as {@code text=alice&state=KEPT&sort=USER&page=2&open=7,9}; what is missing
   * has a default.
   *
   * @throws IllegalArgumentException saying what was expected
   */
  static StatusView of(@Nullable String query) {
    Map<String, String> given = new HashMap<>();
    for (String pair : (query == null ? "" : query).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        given.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    String text = given.getOrDefault("text", "").trim().toLowerCase(Locale.ROOT);
    String state = given.getOrDefault("state", "");
    Set<Long> open = new HashSet<>();
    for (String id : given.getOrDefault("open", "").split(",", -1)) {
      if (!id.isEmpty() && open.size() < MOST_OPEN) {
        open.add(number("open", id));
      }
    }
    return new StatusView(
        text.substring(0, Math.min(MOST_TEXT, text.length())),
        state.isEmpty() ? null : ConnectionState.valueOf(state),
        Sort.valueOf(given.getOrDefault("sort", Sort.AGE.name())),
        (int) Math.min(1_000_000, number("page", given.getOrDefault("page", "0"))),
        Set.copyOf(open));
  }

  private static long number(String name, String value) {
    if (!value.matches("\\d{1,18}")) {
      throw new IllegalArgumentException(name + "=" + value + ": expected a number");
    }
    return Long.parseLong(value);
  }
}
