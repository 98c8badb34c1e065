package net.conmgmt.samples.ua;

import java.text.ParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.sip.InvalidArgumentException;
import javax.sip.header.AuthorizationHeader;
import javax.sip.header.HeaderFactory;
import javax.sip.header.WWWAuthenticateHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Digest;
import net.conmgmt.samples.sip.Sip;
import org.jspecify.annotations.Nullable;

/**
 * Answers Digest challenges (RFC 3261 section 22, RFC 8760): the strongest algorithm that is
 * offered, and the same nonce again until the server calls it stale. Not thread-safe.
 */
public final class DigestClient {

  private record Challenge(
      String realm,
      String nonce,
      Digest.Algorithm algorithm,
      @Nullable String qop,
      @Nullable String opaque,
      @Nullable String algorithmParameter,
      boolean stale) {}

  private final HeaderFactory headers;
  private final String user;
  private final String password;
  private @Nullable Challenge current;
  private int nonceCount;

  public DigestClient(HeaderFactory headers, String user, String password) {
    this.headers = headers;
    this.user = user;
    this.password = password;
  }

  /**
   * Takes the challenge of a 401.
   *
   * @param answered whether the refused request carried credentials
   * @return null when another attempt makes sense, or why it does not
   */
  public @Nullable String challenged(Response response, boolean answered) {
    Optional<Challenge> best =
        Sip.headers(response, WWWAuthenticateHeader.NAME, WWWAuthenticateHeader.class).stream()
            .flatMap(header -> read(header).stream())
            .min(Comparator.comparing(Challenge::algorithm));
    if (best.isEmpty()) {
      return "the server asks for an authentication that is not known here; Digest with SHA-256 or"
          + " MD5 and qop auth is";
    }
    Challenge challenge = best.get();
    if (answered && !challenge.stale()) {
      current = null;
      return "the server refused user "
          + user
          + (password.isEmpty()
              ? " without a password; give it with --password"
              : " and the password given");
    }
    current = challenge;
    nonceCount = 0;
    return null;
  }

  private static Optional<Challenge> read(WWWAuthenticateHeader header) {
    Digest.Algorithm algorithm = Digest.Algorithm.of(header.getAlgorithm());
    String qop = header.getQop();
    boolean auth =
        qop == null
            || List.of(qop.split(",", -1)).stream()
                .anyMatch(q -> q.trim().equalsIgnoreCase("auth"));
    if (!"Digest".equalsIgnoreCase(header.getScheme())
        || algorithm == null
        || !auth
        || header.getRealm() == null
        || header.getNonce() == null) {
      return Optional.empty();
    }
    return Optional.of(
        new Challenge(
            header.getRealm(),
            header.getNonce(),
            algorithm,
            qop == null ? null : "auth",
            header.getOpaque(),
            header.getAlgorithm(),
            header.isStale()));
  }

  /** Puts credentials on a request where a challenge is known; whether it did. */
  public boolean authorize(Request request) throws ParseException, InvalidArgumentException {
    Challenge challenge = current;
    if (challenge == null) {
      return false;
    }
    nonceCount++;
    String count = String.format("%08x", nonceCount);
    String cnonce = Sip.token();
    String uri = request.getRequestURI().toString();
    AuthorizationHeader header = headers.createAuthorizationHeader("Digest");
    header.setUsername(user);
    header.setRealm(challenge.realm());
    header.setNonce(challenge.nonce());
    header.setParameter("uri", uri);
    header.setResponse(
        Digest.response(
            challenge.algorithm(),
            Digest.a1(challenge.algorithm(), user, challenge.realm(), password),
            request.getMethod(),
            uri,
            challenge.nonce(),
            count,
            cnonce,
            challenge.qop()));
    if (challenge.algorithmParameter() != null) {
      header.setAlgorithm(challenge.algorithmParameter());
    }
    if (challenge.qop() != null) {
      header.setQop("auth");
      header.setCNonce(cnonce);
      header.setNonceCount(nonceCount);
    }
    if (challenge.opaque() != null) {
      header.setOpaque(challenge.opaque());
    }
    request.setHeader(header);
    return true;
  }
}
