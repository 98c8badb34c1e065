package net.conmgmt.sip.header;

import java.text.ParseException;
import net.conmgmt.sip.internal.header.MsKeepAlive;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaderRegistration;
import net.conmgmt.sip.internal.header.MsKeepAliveReader;

/**
 * Creates Ms-Keep-Alive headers that may be sent ([MS-CONMGMT] 2.2.1, 3.4.5.1, 3.4.5.2). None of
 * them says yes to a mechanism other than hop-hop. Thread-safe; every call gives a new object.
 */
public final class MsKeepAliveHeaderFactory {

  static {
    MsKeepAliveHeaderRegistration.ensureRegistered();
  }

  private MsKeepAliveHeaderFactory() {}

  /** The client's offer, {@code UAC;hop-hop=yes}. */
  public static MsKeepAliveHeader offer() {
    return valid("UAC;hop-hop=yes");
  }

  /**
   * The outbound proxy's answer, {@code UAS;hop-hop=yes;timeout=T}.
   *
   * @param timeoutSeconds T, at least 1
   * @throws IllegalArgumentException if it is less
   */
  public static MsKeepAliveHeader answer(int timeoutSeconds) {
    if (timeoutSeconds < 1) {
      throw new IllegalArgumentException(
          "Cannot answer with a timeout of "
              + timeoutSeconds
              + " s: expected at least 1 s; leave the header out to refuse keep-alive");
    }
    return valid("UAS;hop-hop=yes;timeout=" + timeoutSeconds);
  }

  private static MsKeepAliveHeader valid(String value) {
    return MsKeepAliveReader.read(value, 0).get(0);
  }

  /**
   * A header of this value, as it stands after the colon.
   *
   * @throws ParseException if it does not follow the grammar, or there is more than one value
   * @throws IllegalArgumentException if it says yes to a mechanism other than hop-hop
   */
  public static MsKeepAliveHeader fromText(String value) throws ParseException {
    return MsKeepAlive.of(value);
  }
}
