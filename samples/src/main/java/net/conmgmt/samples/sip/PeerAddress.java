package net.conmgmt.samples.sip;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code HOST:PORT/TRANSPORT} of the command line. */
public record PeerAddress(String host, int port, String transport) {

  private static final Pattern FORM =
      Pattern.compile(
          "(\\[[0-9a-fA-F:.]+(?:%[^]\\s]+)?]|[^:/\\s\\[\\]]+)" + "(?::(\\d{1,5}))?(?:/(tcp|tls))?");

  /**
   * Reads it; without transport it is TCP, without port that of the transport.
   *
   * @throws IllegalArgumentException naming the option, its value and what was expected
   */
  public static PeerAddress parse(String option, String text) {
    Matcher matcher = FORM.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      String transport =
          matcher.group(3) == null ? "TCP" : matcher.group(3).toUpperCase(Locale.ROOT);
      int port =
          matcher.group(2) == null
              ? (transport.equals("TLS") ? 5061 : 5060)
              : Integer.parseInt(matcher.group(2));
      if (port >= 1 && port <= 65_535) {
        return new PeerAddress(matcher.group(1).replaceAll("[\\[\\]]", ""), port, transport);
      }
    }
    throw new IllegalArgumentException(
        option + " " + text + ": expected HOST:PORT/TRANSPORT, for example 127.0.0.1:5060/TCP");
  }

  /**
   * Refuses a name that has no address, rather than the first request that goes there.
   *
   * @throws IllegalArgumentException naming the option, its value and what was expected
   */
  public void requireAddress(String option) {
    try {
      InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          option + " " + this + ": expected a host that has an address, found none for " + host, e);
    }
  }

  @Override
  public String toString() {
    String shown = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return shown + ":" + port + "/" + transport;
  }
}
