package net.conmgmt.sip.header;

import gov.nist.javax.sip.header.HeaderFactoryImpl;
import gov.nist.javax.sip.header.SIPHeader;
import gov.nist.javax.sip.parser.HeaderParser;
import gov.nist.javax.sip.parser.Lexer;
import java.text.ParseException;
import net.conmgmt.sip.internal.header.MsKeepAliveList;
import net.conmgmt.sip.internal.header.MsKeepAliveReader;

/**
 * Parses one line of {@link MsKeepAliveHeader} for the RI ([MS-CONMGMT] 2.2.1). A malformed value
 * is no reason to throw, for that would lose the header or the message: it becomes a header that
 * says what is wrong with it, and the side that reads it warns. Only what an application sets by
 * the RI's header factory is refused.
 *
 * <p>Public because the RI creates parsers by reflection.
 */
public final class MsKeepAliveParser extends HeaderParser {

  /** Never read from; the superclass wants one, and to make one a line would cost the most. */
  private static final Lexer UNUSED =
      new Lexer("command_keywordLexer", "") {
        @Override
        public void selectLexer(String name) {
          // Shared by all threads, so nothing in it may change.
        }
      };

  private static final StackWalker CALLERS = StackWalker.getInstance();

  /** The RI's factory is called no further away than this. */
  private static final int MAX_FRAMES = 8;

  private final String line;

  /** Reads {@code line}, which is name, colon, value and perhaps a line break. */
  public MsKeepAliveParser(String line) {
    super(UNUSED);
    this.line = line;
  }

  /**
   * All values of the line: one or more.
   *
   * @throws ParseException only if an application sets the header by the RI's header factory, and
   *     it may not be sent: what a peer sends never throws
   */
  @Override
  public SIPHeader parse() throws ParseException {
    MsKeepAliveList list = MsKeepAliveReader.read(line, line.indexOf(':') + 1);
    // By index, as an iterator would be one more object for every line.
    for (int i = 0; i < list.size(); i++) {
      String objection = list.get(i).objection();
      if (objection != null && isCalledByFactory()) {
        throw new ParseException(objection, 0);
      }
    }
    return list;
  }

  /** The RI parses what its factory is given as if it had arrived, and tells us no difference. */
  private static boolean isCalledByFactory() {
    return CALLERS.walk(
        frames ->
            frames
                .limit(MAX_FRAMES)
                .anyMatch(f -> f.getClassName().equals(HeaderFactoryImpl.class.getName())));
  }
}
