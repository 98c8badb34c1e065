package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.message.ListMap;
import gov.nist.javax.sip.parser.ParserFactory;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveParser;

/**
 * Makes the header known to the RI, whose tables of parsers and list classes belong to the whole
 * JVM: every stack in it then gives {@link MsKeepAliveHeader} objects for this name.
 *
 * <p>The RI's list table is not made for concurrent writers, so this comes before the first message
 * is parsed, which is when the message processor factory is loaded.
 */
public final class MsKeepAliveHeaderRegistration {

  static {
    ListMap.addListHeader(MsKeepAlive.class, MsKeepAliveList.class);
    ParserFactory.addToParserTable(MsKeepAliveHeader.NAME, MsKeepAliveParser.class);
  }

  private MsKeepAliveHeaderRegistration() {}

  /** Loads this class, which registers parser and list class once in the JVM. Thread-safe. */
  public static void ensureRegistered() {}
}
