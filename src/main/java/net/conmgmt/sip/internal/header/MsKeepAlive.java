package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.header.SIPHeader;
import java.text.ParseException;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.internal.logging.Excerpt;
import org.jspecify.annotations.Nullable;

/**
 * Implements {@link MsKeepAliveHeader} for the RI: what a value says and its text. A change gives
 * it another value and text.
 *
 * <p>Public because the RI handles header classes by reflection; made by {@link
 * MsKeepAliveHeaderFactory} or by the RI's own factories.
 */
public final class MsKeepAlive extends SIPHeader implements MsKeepAliveHeader {

  private static final long serialVersionUID = 1L;

  private KeepAliveValue value;
  private ValueText text;

  MsKeepAlive(KeepAliveValue value, ValueText text) {
    // Not by the superclass's other constructor, which looks the name up among all strings.
    headerName = NAME;
    this.value = value;
    this.text = text;
  }

  /**
   * The one value of a text that is to be sent by us, so with nothing forgiven.
   *
   * @throws ParseException if it is malformed or not alone
   * @throws IllegalArgumentException if it says yes to a reserved mechanism
   */
  public static MsKeepAlive of(String text) throws ParseException {
    MsKeepAliveList values = MsKeepAliveReader.read(text, 0);
    MsKeepAlive header = values.get(0);
    String fault = header.value.fault();
    if (fault == null && values.size() > 1) {
      fault = "expected one value, found a comma and another";
    }
    if (fault != null) {
      throw new ParseException(
          "Not a value of " + NAME + ": " + Excerpt.of(text) + ": " + fault, 0);
    }
    return header.requireSendable();
  }

  /**
   * Why nobody may set or send this value: it is malformed, or says yes to a reserved mechanism.
   * Null where nothing is wrong.
   */
  public @Nullable String objection() {
    if (!isValid()) {
      return "A malformed " + NAME + " is not sent: " + fault();
    }
    if (!value.reserved()) {
      return null;
    }
    Map<String, Boolean> reserved = new LinkedHashMap<>(mechanisms());
    reserved.keySet().removeIf(HOP_HOP::equalsIgnoreCase);
    reserved.values().removeIf(yes -> !yes);
    return "Cannot set "
        + Excerpt.of(reserved.keySet().iterator().next())
        + " to yes in "
        + NAME
        + ": every mechanism but hop-hop is reserved ([MS-CONMGMT] 2.2.1); leave it out or set it"
        + " to no";
  }

  /** The text and what is wrong with it, bounded and without control characters. */
  String fault() {
    return Excerpt.of(text.written()) + ": " + value.fault();
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

  /** Where the value ends in the line that it came in. */
  int end() {
    return text.to();
  }

  private Map<String, String> parameters() {
    return isValid() ? text.parameters() : Map.of();
  }

  @Override
  public boolean isValid() {
    return value.fault() == null;
  }

  @Override
  public @Nullable String invalidReason() {
    return value.fault();
  }

  @Override
  public @Nullable Role role() {
    return value.role();
  }

  @Override
  public boolean offersHopByHop() {
    return value.hopByHop();
  }

  @Override
  public OptionalInt timeoutSeconds() {
    int seconds = value.timeoutSeconds();
    return seconds == KeepAliveValue.NO_TIMEOUT ? OptionalInt.empty() : OptionalInt.of(seconds);
  }

  @Override
  public Map<String, Boolean> mechanisms() {
    Map<String, Boolean> mechanisms = new LinkedHashMap<>();
    parameters()
        .forEach(
            (name, said) -> {
              if (said.equalsIgnoreCase("yes") || said.equalsIgnoreCase("no")) {
                mechanisms.put(name, said.equalsIgnoreCase("yes"));
              }
            });
    return Collections.unmodifiableMap(mechanisms);
  }

  @Override
  public @Nullable String getParameter(String name) {
    for (Map.Entry<String, String> parameter : parameters().entrySet()) {
      if (parameter.getKey().equalsIgnoreCase(name)) {
        String raw = parameter.getValue();
        return raw.startsWith("\"") ? raw.substring(1, raw.length() - 1) : raw;
      }
    }
    return null;
  }

  @Override
  public Iterator<String> getParameterNames() {
    return Collections.unmodifiableSet(parameters().keySet()).iterator();
  }

  @Override
  public void setParameter(String name, @Nullable String parameter) throws ParseException {
    Role role = value.role();
    if (role == null) {
      throw new ParseException(
          "Cannot set a parameter of a malformed " + NAME + "; replace its value first", 0);
    }
    String set = parameter == null || parameter.isEmpty() ? name : name + "=" + parameter;
    // Read by itself first, so that a value cannot smuggle in a second parameter.
    MsKeepAliveList alone = MsKeepAliveReader.read(role.name() + ";" + set, 0);
    Map<String, String> read = alone.get(0).parameters();
    if (alone.size() > 1 || !read.keySet().equals(Set.of(name))) {
      throw new ParseException(
          "Expected a token as name of a parameter, and a token, host or quoted string as its"
              + " value, found "
              + Excerpt.of(set),
          0);
    }
    setValue(ValueText.of(role, with(name, read)));
  }

  @Override
  public void removeParameter(String name) {
    Role role = value.role();
    if (role != null) {
      become(MsKeepAliveReader.read(ValueText.of(role, with(name, Map.of())), 0).get(0));
    }
  }

  /** The parameters, with another in place of one of this name or at the end, or none. */
  private Map<String, String> with(String name, Map<String, String> another) {
    Map<String, String> all = new LinkedHashMap<>();
    parameters().forEach((n, v) -> all.putAll(n.equalsIgnoreCase(name) ? another : Map.of(n, v)));
    all.putAll(another);
    return all;
  }

  @Override
  public void setValue(String value) throws ParseException {
    become(of(value));
  }

  private void become(MsKeepAlive other) {
    value = other.value;
    text = other.text;
  }

  @Override
  public String encode() {
    String value = text.written();
    return headerName + ": " + value + "\r\n";
  }

  @Override
  protected StringBuilder encodeBody(StringBuilder buffer) {
    return text.appendTo(buffer);
  }

  /** Equal means equal on the wire; malformed values compare by their text. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MsKeepAlive that
        && role() == that.role()
        && comparable().equals(that.comparable());
  }

  @Override
  public int hashCode() {
    return comparable().hashCode();
  }

  private Object comparable() {
    if (!isValid()) {
      return text.written();
    }
    Map<String, String> all = new LinkedHashMap<>();
    parameters()
        .forEach(
            (name, v) ->
                all.put(
                    name.toLowerCase(Locale.ROOT),
                    v.startsWith("\"") ? v : v.toLowerCase(Locale.ROOT)));
    return all;
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
