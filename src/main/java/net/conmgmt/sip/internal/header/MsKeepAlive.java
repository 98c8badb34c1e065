package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.header.SIPHeader;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.internal.logging.Excerpt;
import org.jspecify.annotations.Nullable;

/**
 * Implements {@link MsKeepAliveHeader} for the RI. It holds the text that it came in and what the
 * negotiation needs. Parameters and the encoded form are read from the text on demand, which is
 * rare for a header that counts for one hop.
 *
 * <p>Public because the RI handles header classes by reflection; made by {@link
 * MsKeepAliveHeaderFactory} or by the RI's own factories.
 */
public final class MsKeepAlive extends SIPHeader implements MsKeepAliveHeader {

  public static final int NO_TIMEOUT = -1;

  private static final long serialVersionUID = 1L;

  /** The text in which the value stands. */
  private String source;

  /** Where the value begins in {@link #source}. */
  private int from;

  /** Where the value ends in {@link #source}. */
  private int to;

  /** What it is encoded as, once somebody has asked. */
  private @Nullable String encoded;

  /** Null where the value is malformed. */
  private @Nullable Role role;

  /** Whether it names hop-by-hop keep-alive. */
  private boolean hopByHop;

  /** Whether it says yes to a mechanism that is reserved. */
  private boolean reserved;

  /** T in seconds, or {@link #NO_TIMEOUT}. */
  private int timeoutSeconds;

  /** What is wrong with the value; null where nothing is. */
  private @Nullable String invalidReason;

  private MsKeepAlive(
      String source,
      int from,
      int to,
      @Nullable Role role,
      boolean hopByHop,
      boolean reserved,
      int timeoutSeconds,
      @Nullable String invalidReason) {
    // Not by the superclass's other constructor, which looks the name up among all strings.
    headerName = NAME;
    this.source = source;
    this.from = from;
    this.to = to;
    this.role = role;
    this.hopByHop = hopByHop;
    this.reserved = reserved;
    this.timeoutSeconds = timeoutSeconds;
    this.invalidReason = invalidReason;
  }

  /** The range [from, to) of a text, which was read without a fault. */
  static MsKeepAlive valid(
      String source,
      int from,
      int to,
      Role role,
      boolean hopByHop,
      boolean reserved,
      int timeoutSeconds) {
    return new MsKeepAlive(source, from, to, role, hopByHop, reserved, timeoutSeconds, null);
  }

  /** Hop-by-hop keep-alive and nothing else, with a T or {@link #NO_TIMEOUT}: what is sent. */
  public static MsKeepAlive hopByHop(String text, Role role, int timeoutSeconds) {
    return valid(text, 0, text.length(), role, true, false, timeoutSeconds);
  }

  /** A malformed value; the text has no line breaks. */
  static MsKeepAlive invalid(String source, int from, int to, String reason) {
    return new MsKeepAlive(source, from, to, null, false, false, NO_TIMEOUT, reason);
  }

  /** What is sent: a valid value without white space between its parts, else what came in. */
  private String text() {
    String text = encoded;
    if (text == null) {
      text = role == null ? source.substring(from, to) : with(role, "", null);
      encoded = text;
    }
    return text;
  }

  /** Whether an application may set and this side may send it. */
  public boolean isSendable() {
    return isValid() && !reserved;
  }

  /**
   * Why nobody may set or send this value: it is malformed, or says yes to a reserved mechanism.
   * Null where nothing is wrong.
   */
  public @Nullable String objection() {
    if (invalidReason != null) {
      return "A malformed " + NAME + " is not sent: " + Excerpt.of(text()) + ": " + invalidReason;
    }
    if (!reserved) {
      return null;
    }
    ParameterCursor parameters = parameters();
    while (parameters.advance()) {
      if (parameters.isValue("yes") && !parameters.isNamed(HOP_HOP)) {
        return "Cannot set "
            + Excerpt.of(parameters.name())
            + " to yes in "
            + NAME
            + ": every mechanism but hop-hop is reserved ([MS-CONMGMT] 2.2.1); leave it out or set"
            + " it to no";
      }
    }
    return null;
  }

  /**
   * Refuses what must never be sent.
   *
   * @throws IllegalArgumentException if there is an {@link #objection()}
   */
  MsKeepAlive requireSendable() {
    String objection = objection();
    if (objection != null) {
      throw new IllegalArgumentException(objection);
    }
    return this;
  }

  private ParameterCursor parameters() {
    return new ParameterCursor(source, isValid() ? from : to, to);
  }

  @Override
  public boolean isValid() {
    return invalidReason == null;
  }

  @Override
  public @Nullable String invalidReason() {
    return invalidReason;
  }

  @Override
  public @Nullable Role role() {
    return role;
  }

  @Override
  public boolean offersHopByHop() {
    return hopByHop;
  }

  @Override
  public OptionalInt timeoutSeconds() {
    return timeoutSeconds == NO_TIMEOUT ? OptionalInt.empty() : OptionalInt.of(timeoutSeconds);
  }

  @Override
  public Map<String, Boolean> mechanisms() {
    Map<String, Boolean> mechanisms = new LinkedHashMap<>();
    ParameterCursor parameters = parameters();
    while (parameters.advance()) {
      boolean yes = parameters.isValue("yes");
      if (yes || parameters.isValue("no")) {
        mechanisms.put(parameters.name(), yes);
      }
    }
    return Collections.unmodifiableMap(mechanisms);
  }

  @Override
  public @Nullable String getParameter(String name) {
    ParameterCursor parameters = parameters();
    while (parameters.advance()) {
      if (parameters.isNamed(name)) {
        return parameters.value();
      }
    }
    return null;
  }

  @Override
  public Iterator<String> getParameterNames() {
    List<String> names = new ArrayList<>();
    ParameterCursor parameters = parameters();
    while (parameters.advance()) {
      names.add(parameters.name());
    }
    return Collections.unmodifiableList(names).iterator();
  }

  @Override
  public void setParameter(String name, @Nullable String value) throws ParseException {
    if (role == null) {
      throw new ParseException(
          "Cannot set a parameter of a malformed " + NAME + "; replace its value first", 0);
    }
    if (!Grammar.isWholeToken(name)) {
      throw new ParseException("Expected a token as parameter name, found " + Excerpt.of(name), 0);
    }
    String parameter = value == null || value.isEmpty() ? ";" + name : ";" + name + "=" + value;
    // Read by itself first, so that a value cannot smuggle in a second parameter.
    MsKeepAliveList alone = MsKeepAliveValues.read(role.name() + parameter, 0);
    MsKeepAlive probe = alone.get(0);
    ParameterCursor found = probe.parameters();
    if (!probe.isValid() || alone.size() > 1 || !found.advance() || found.advance()) {
      throw new ParseException(
          "Expected a token, host or quoted string as value of "
              + name
              + ", found "
              + Excerpt.of(parameter.substring(1)),
          0);
    }
    setValue(with(role, name, probe.text().substring(role.name().length())));
  }

  @Override
  public void removeParameter(String name) {
    if (role != null) {
      copyFrom(MsKeepAliveValues.read(with(role, name, null), 0).get(0));
    }
  }

  /** The encoded value with another parameter in place of {@code name}, or at the end. */
  private String with(Role first, String name, @Nullable String replacement) {
    StringBuilder out = new StringBuilder(to - from).append(first.name());
    String left = replacement;
    ParameterCursor parameters = parameters();
    while (parameters.advance()) {
      if (!parameters.isNamed(name)) {
        parameters.appendTo(out);
      } else if (left != null) {
        out.append(left);
        left = null;
      }
    }
    return left == null ? out.toString() : out.append(left).toString();
  }

  @Override
  public void setValue(String value) throws ParseException {
    copyFrom(MsKeepAliveValues.single(value));
  }

  private void copyFrom(MsKeepAlive other) {
    source = other.source;
    from = other.from;
    to = other.to;
    encoded = other.encoded;
    role = other.role;
    hopByHop = other.hopByHop;
    reserved = other.reserved;
    timeoutSeconds = other.timeoutSeconds;
    invalidReason = other.invalidReason;
  }

  @Override
  public String encode() {
    return headerName + ": " + text() + "\r\n";
  }

  @Override
  protected StringBuilder encodeBody(StringBuilder buffer) {
    return buffer.append(text());
  }

  @Override
  public String getValue() {
    return text();
  }

  /** Equal means equal on the wire; malformed values compare by their text. */
  @Override
  public boolean equals(@Nullable Object other) {
    if (this == other) {
      return true;
    }
    return other instanceof MsKeepAlive that
        && role == that.role
        && (text().equals(that.text()) || (isValid() && sameParameters(that)));
  }

  private boolean sameParameters(MsKeepAlive that) {
    return normalized().equals(that.normalized());
  }

  private Map<String, String> normalized() {
    Map<String, String> all = new LinkedHashMap<>();
    ParameterCursor parameters = parameters();
    while (parameters.advance()) {
      String value = parameters.rawValue();
      all.put(
          parameters.name().toLowerCase(Locale.ROOT),
          parameters.isQuoted() ? value : value.toLowerCase(Locale.ROOT));
    }
    return all;
  }

  @Override
  public int hashCode() {
    return isValid() ? normalized().hashCode() : text().hashCode();
  }

  /** A template match in the RI's sense: null matches anything, a header only its equal. */
  @Override
  public boolean match(@Nullable Object template) {
    return template == null || equals(template);
  }

  @Override
  public MsKeepAlive clone() {
    return (MsKeepAlive) super.clone();
  }
}
