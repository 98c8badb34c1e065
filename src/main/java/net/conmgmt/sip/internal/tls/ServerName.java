package net.conmgmt.sip.internal.tls;

import java.nio.charset.StandardCharsets;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.StandardConstants;

/** The name of a proxy as SNI carries it (RFC 6066 section 3). Immutable. */
public final class ServerName extends SNIServerName {

  private ServerName(String name) {
    super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.UTF_8));
  }

  /** DNS knows names with an underscore, for instance, that the JDK takes for no host name. */
  public static SNIServerName of(String name) {
    try {
      return new SNIHostName(name);
    } catch (IllegalArgumentException e) {
      return new ServerName(name);
    }
  }
}
