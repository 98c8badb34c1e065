package net.conmgmt.sip.internal.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Gives link-local IPv6 addresses (RFC 4007) the scope id that they need on this machine, such as
 * the {@code %eth0} of {@code fe80::1%eth0}, and takes it away from all that leaves: the same
 * address may exist on each link.
 *
 * <p>A scope id has a meaning on this machine only. So inside the library a link-local address
 * always carries one, and the RI and every peer see addresses without: neither Via nor {@code
 * received} nor Call-ID nor a Route or Contact of an application takes it onto the wire (RFC 6874
 * section 4; the grammar of SIP has no room for it, and the RI's parser refuses it). The RI alone
 * would send it, unless the JVM runs with {@code -Dgov.nist.core.STRIP_ADDR_SCOPES=true}, which
 * takes it from a Route, too, before that has been followed. Stateless.
 */
final class LinkLocal {

  private static final Logger LOG = LogManager.getLogger(LinkLocal.class);

  private static final Pattern SCOPE_IN_HEADER =
      Pattern.compile(
          "(\\[[0-9a-f:.]++|;\\s*received\\s*=\\s*[0-9a-f:.]++)%[^]\\s;,>?]*+",
          Pattern.CASE_INSENSITIVE);

  /** A call is known by every byte of it. */
  private static final Pattern WITH_CALL_ID =
      Pattern.compile("(Call-ID|i|In-Reply-To|Replaces|Join|Target-Dialog)\\s*:.*", flags());

  private static final Pattern AFTER_LINE = Pattern.compile("(?<=\r\n)");

  private LinkLocal() {}

  private static int flags() {
    return Pattern.CASE_INSENSITIVE | Pattern.DOTALL;
  }

  /** Whether the address is one that needs a scope id. */
  static boolean is(InetAddress address) {
    return address instanceof Inet6Address && address.isLinkLocalAddress();
  }

  /**
   * A link-local address with the name of its interface as scope id, so that the same peer is
   * always written alike; any other address as it is. One without a scope id is on the link of the
   * listening point, or where that has none (it may be {@code ::}), on the only link there is.
   */
  static InetAddress onItsLink(InetAddress address, InetAddress listening) {
    if (!is(address)) {
      return address;
    }
    NetworkInterface link = linkOf((Inet6Address) address);
    if (link == null && is(listening)) {
      link = linkOf((Inet6Address) listening);
    }
    try {
      NetworkInterface chosen = link == null ? onlyLink() : link;
      return chosen == null
          ? address
          : Inet6Address.getByAddress(null, address.getAddress(), chosen);
    } catch (UnknownHostException | SocketException e) {
      LOG.debug("{} stays without the link that it is on", address, e);
      return address;
    }
  }

  private static @Nullable NetworkInterface linkOf(Inet6Address address) {
    NetworkInterface named = address.getScopedInterface();
    if (named != null || address.getScopeId() == 0) {
      return named;
    }
    try {
      return NetworkInterface.getByIndex(address.getScopeId());
    } catch (SocketException e) {
      LOG.debug("The link of {} has gone", address, e);
      return null;
    }
  }

  /** The link of this machine if it has only one, beside loopback. */
  private static @Nullable NetworkInterface onlyLink() throws SocketException {
    List<NetworkInterface> links =
        NetworkInterface.networkInterfaces()
            .filter(each -> each.inetAddresses().anyMatch(own -> is(own)))
            .limit(2)
            .toList();
    return links.size() == 1 ? links.get(0) : null;
  }

  /** The address as others know it: without scope id. */
  static InetAddress withoutScope(InetAddress address) {
    if (!is(address)) {
      return address;
    }
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address of 16 bytes is one", e);
    }
  }

  /** The message without the scope ids in its header section; the same array if there are none. */
  static byte[] withoutScopes(byte[] message) {
    int percent = -1;
    int end = 0;
    for (int i = 0; i < message.length && end == 0; i++) {
      if (message[i] == '%') {
        percent = i;
      } else if (message[i] == '\n' && i >= 3 && message[i - 2] == '\n') {
        end = i + 1;
      }
    }
    if (percent < 0) {
      return message;
    }
    int headBytes = end == 0 ? message.length : end;
    String head = new String(message, 0, headBytes, StandardCharsets.ISO_8859_1);
    byte[] start =
        AFTER_LINE
            .splitAsStream(head)
            .map(
                line ->
                    WITH_CALL_ID.matcher(line).matches()
                        ? line
                        : SCOPE_IN_HEADER.matcher(line).replaceAll("$1"))
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = new byte[start.length + message.length - headBytes];
    System.arraycopy(start, 0, whole, 0, start.length);
    System.arraycopy(message, headBytes, whole, start.length, message.length - headBytes);
    return whole;
  }
}
