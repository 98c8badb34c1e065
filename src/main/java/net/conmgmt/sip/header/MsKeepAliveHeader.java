package net.conmgmt.sip.header;

import java.text.ParseException;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalInt;
import javax.sip.header.ExtensionHeader;
import javax.sip.header.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The Ms-Keep-Alive header field ([MS-CONMGMT] 2.2.1): what one side of a connection offers or
 * answers in the keep-alive negotiation.
 *
 * <p>A value that came from a peer may be malformed. It is then still an object, so that absent,
 * malformed and present twice stay three different things: {@link #isValid()} is false, {@link
 * #invalidReason()} says why, {@link #getValue()} is the text that came in, and nothing is offered.
 *
 * <p>Encoding gives the role in upper case and the parameters without white space, in the order,
 * letter case and quoting in which they came. Names and unquoted values compare without regard to
 * letter case, and the order of parameters does not count in {@code equals}.
 *
 * <p>Not thread-safe while it is being changed, like every JAIN-SIP header.
 */
public interface MsKeepAliveHeader extends ExtensionHeader, Parameters {

  /** The name of the header field, as it is sent. */
  String NAME = "Ms-Keep-Alive";

  /**
   * The one mechanism that is defined: keep-alive messages on the connection itself ([MS-CONMGMT]
   * 3.4).
   */
  String HOP_HOP = "hop-hop";

  /** The side of the negotiation that speaks. */
  enum Role {
    /** The initiator, that is the client: the value is an offer. */
    UAC,
    /** The responder, that is the outbound proxy: the value is an answer. */
    UAS
  }

  /** False for a value that does not follow the grammar; it must be treated as absent. */
  boolean isValid();

  /** What is wrong with the value, for a log line; null when it is valid. */
  @Nullable String invalidReason();

  /** The sender's side of the negotiation; null only when the value is not valid. */
  @Nullable Role role();

  /** Whether the value is valid and says {@code hop-hop=yes}. */
  boolean offersHopByHop();

  /**
   * The timeout in seconds; empty when there is none or the value is not valid. A number above
   * {@link Integer#MAX_VALUE} is given as that. Zero is a legal value that leaves nothing to keep
   * alive.
   */
  OptionalInt timeoutSeconds();

  /**
   * All mechanisms, the reserved ones included, in the order and letter case of the value; true
   * stands for yes. Unmodifiable; empty when the value is not valid.
   */
  Map<String, Boolean> mechanisms();

  /**
   * The value of a parameter, a quoted string without its quotes; the empty string for a parameter
   * without a value, null for one that is not there.
   */
  @Override
  @Nullable String getParameter(String name);

  @Override
  Iterator<String> getParameterNames();

  /**
   * Sets or replaces a parameter.
   *
   * @param value a token, a host or a quoted string with its quotes; null or empty for none
   * @throws ParseException if the outcome would not follow the grammar, or this header is not valid
   * @throws IllegalArgumentException if it would say yes to a mechanism other than hop-hop
   */
  @Override
  void setParameter(String name, @Nullable String value) throws ParseException;

  /**
   * Replaces the whole value.
   *
   * @throws ParseException if it does not follow the grammar; this header is unchanged then
   * @throws IllegalArgumentException if it says yes to a mechanism other than hop-hop
   */
  @Override
  void setValue(String value) throws ParseException;
}
