package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.header.SIPHeader;
import gov.nist.javax.sip.parser.HeaderParser;

/** Parses {@link FlowTimer} for the RI. Public because the RI creates parsers by reflection. */
public final class FlowTimerParser extends HeaderParser {

  private final String line;

  /** Reads {@code line}, which is name, colon, value and perhaps a line break. */
  public FlowTimerParser(String line) {
    super(line);
    this.line = line;
  }

  @Override
  public SIPHeader parse() {
    return new FlowTimer(line.substring(line.indexOf(':') + 1).strip());
  }
}
