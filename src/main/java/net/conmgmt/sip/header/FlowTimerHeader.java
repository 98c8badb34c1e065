package net.conmgmt.sip.header;

import java.util.OptionalInt;
import javax.sip.header.ExtensionHeader;

/**
 * The Flow-Timer header field of RFC 5626 section 10: how many seconds a server waits for a
 * keep-alive on a flow. A header of the JAIN-SIP RI, which gives it for this name in any letter
 * case.
 */
public interface FlowTimerHeader extends ExtensionHeader {

  /** The name of the header field. */
  String NAME = "Flow-Timer";

  /** The seconds, saturating at 2^31 - 1; empty where the value is not a number. */
  OptionalInt seconds();
}
