package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.header.SIPHeader;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.parser.ParserFactory;
import java.util.OptionalInt;
import javax.sip.header.Header;
import net.conmgmt.sip.header.FlowTimerHeader;

/**
 * Implements {@link FlowTimerHeader} for the RI. A value that is not a number does no harm: the
 * header keeps its text and has no time.
 *
 * <p>Public because the RI handles header classes by reflection. Not thread-safe, as no header is.
 */
public final class FlowTimer extends SIPHeader implements FlowTimerHeader {

  private static final long serialVersionUID = 1L;

  private String value;

  FlowTimer(String value) {
    super(NAME);
    this.value = value;
  }

  /** A timer of that many seconds. */
  public static FlowTimer of(int seconds) {
    return new FlowTimer(Integer.toString(seconds));
  }

  /** Makes the header known to the RI, once in the JVM. Thread-safe. */
  public static void ensureRegistered() {
    Once.touch();
  }

  /** Class initialisation is the JVM's own way of doing something exactly once. */
  private static final class Once {
    static {
      ParserFactory.addToParserTable(NAME, FlowTimerParser.class);
    }

    static void touch() {}
  }

  /** The seconds of the first one in a message; empty where there is none with a number. */
  public static OptionalInt secondsIn(SIPMessage message) {
    Header header = message.getHeader(NAME);
    if (header instanceof FlowTimerHeader timer) {
      return timer.seconds();
    }
    return header instanceof SIPHeader other
        ? Seconds.parse(other.getHeaderValue())
        : OptionalInt.empty();
  }

  @Override
  public OptionalInt seconds() {
    return Seconds.parse(value);
  }

  @Override
  public void setValue(String text) {
    value = text;
  }

  @Override
  public String getValue() {
    return value;
  }

  @Override
  protected StringBuilder encodeBody(StringBuilder buffer) {
    return buffer.append(value);
  }
}
