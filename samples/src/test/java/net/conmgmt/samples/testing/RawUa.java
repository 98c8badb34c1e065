package net.conmgmt.samples.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conmgmt.samples.sip.Digest;

/** One device of a user, played byte by byte: it does what it is told and nothing by itself. */
public final class RawUa implements AutoCloseable {

  private static final String DOMAIN = "contoso.test";

  private final RawPeer peer;
  private final String user;
  private final String device;
  // Nobody listens there: only the connection leads to the device.
  private String host = "192.0.2.7";
  private int number;

  /** The password is the user's name. */
  public RawUa(RawPeer peer, String user, String device) {
    this.peer = peer;
    this.user = user;
    this.device = device;
  }

  /** From now on its Contact has another address. */
  public RawUa at(String address) {
    host = address;
    return this;
  }

  public RawPeer peer() {
    return peer;
  }

  /** Its address as the proxy's events name it. */
  public String address() {
    return "127.0.0.1:" + peer.socket().getLocalPort();
  }

  /** Registers with Digest; gives the 200. */
  public String register(String... headerLines) throws IOException {
    String challenge = exchange("REGISTER", "sip:" + DOMAIN, user, headerLines);
    if (challenge.startsWith("SIP/2.0 200")) {
      return challenge;
    }
    assertThat(challenge).startsWith("SIP/2.0 401");
    String[] lines = new String[headerLines.length + 1];
    System.arraycopy(headerLines, 0, lines, 1, headerLines.length);
    lines[0] = credentials(challenge);
    String response = exchange("REGISTER", "sip:" + DOMAIN, user, lines);
    assertThat(response).startsWith("SIP/2.0 200");
    return response;
  }

  private String credentials(String challenge) {
    String nonce = parameter(challenge, "nonce=\"([^\"]+)\"");
    String algorithm = parameter(challenge, "algorithm=([-A-Z0-9]+)");
    Digest.Algorithm known = Objects.requireNonNull(Digest.Algorithm.of(algorithm));
    String uri = "sip:" + DOMAIN;
    String response =
        Digest.response(
            known, Digest.a1(known, user, DOMAIN, user), "REGISTER", uri, nonce, "", "", null);
    return "Authorization: Digest username=\""
        + user
        + "\", realm=\""
        + DOMAIN
        + "\", nonce=\""
        + nonce
        + "\", uri=\""
        + uri
        + "\", algorithm="
        + algorithm
        + ", response=\""
        + response
        + "\"";
  }

  private static String parameter(String message, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(message);
    assertThat(matcher.find()).as(pattern + " in " + message).isTrue();
    return matcher.group(1);
  }

  /** Sends a request and reads its response. */
  public String exchange(String method, String uri, String to, String... headerLines)
      throws IOException {
    request(method, uri, to, headerLines);
    return peer.readMessage();
  }

  /** Sends a request. */
  public void request(String method, String uri, String to, String... headerLines)
      throws IOException {
    number++;
    StringBuilder text = new StringBuilder();
    text.append(method).append(' ').append(uri).append(" SIP/2.0\r\n");
    text.append("Via: SIP/2.0/TCP 192.0.2.7:9;branch=z9hG4bK").append(user).append(device);
    text.append(number).append(peer.socket().getLocalPort()).append("\r\nMax-Forwards: 70\r\n");
    text.append("From: <sip:")
        .append(user)
        .append('@')
        .append(DOMAIN)
        .append(">;tag=")
        .append(user);
    text.append(";epid=").append(device).append("\r\n");
    text.append("To: <sip:").append(to).append('@').append(DOMAIN).append(">\r\nCall-ID: ");
    text.append(user).append(device).append(peer.socket().getLocalPort()).append("\r\nCSeq: ");
    text.append(number).append(' ').append(method).append("\r\n");
    text.append("Contact: <sip:").append(user).append('-').append(device);
    text.append('@').append(host).append(":9;transport=tcp>\r\n");
    for (String line : headerLines) {
      text.append(line).append("\r\n");
    }
    peer.send(text.append("Content-Length: 0\r\n\r\n").toString());
  }

  /** Sends a keep-alive and reads its answer. */
  public void ping() throws IOException {
    peer.send("\r\n\r\n");
    assertThat(peer.read(2)).isEqualTo("\r\n");
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }
}
