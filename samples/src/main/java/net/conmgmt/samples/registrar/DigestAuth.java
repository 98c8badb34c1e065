package net.conmgmt.samples.registrar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import javax.sip.header.AuthorizationHeader;
import javax.sip.header.HeaderFactory;
import javax.sip.header.WWWAuthenticateHeader;
import net.conmgmt.samples.sip.Digest;
import net.conmgmt.samples.sip.StackBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Digest authentication as the registrar does it (RFC 3261 section 22, RFC 8760): one realm,
 * SHA-256 offered before MD5, quality of protection {@code auth}. Thread-safe.
 */
public final class DigestAuth {

  /** What credentials are worth. */
  public enum Verdict {
    /** Right. */
    ACCEPTED,
    /** None, or wrong ones: challenge. */
    REFUSED,
    /** The password was right and the nonce too old: challenge, saying so. */
    STALE
  }

  private final String realm;
  private final Map<String, String> passwords;
  private final Nonces nonces;

  public DigestAuth(String realm, Map<String, String> passwords, Nonces nonces) {
    this.realm = realm;
    this.passwords = Map.copyOf(passwords);
    this.nonces = nonces;
  }

  /**
   * Reads lines {@code user:password}; empty lines and lines that begin with {@code #} do not
   * count.
   *
   * @throws IllegalArgumentException naming the file that is not there, or the line that is neither
   */
  public static Map<String, String> readUsers(Path file) throws IOException {
    StackBuilder.readable("--users", file);
    Map<String, String> users = new HashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new IllegalArgumentException(
            "User file " + file + " line " + number + ": expected user:password, found no user");
      }
      users.put(line.substring(0, colon).trim(), line.substring(colon + 1));
    }
    return users;
  }

  public boolean knows(String user) {
    return passwords.containsKey(user);
  }

  /** The two challenges of one 401, with one nonce each. */
  public List<WWWAuthenticateHeader> challenges(HeaderFactory headers, boolean stale)
      throws ParseException {
    List<WWWAuthenticateHeader> challenges = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      WWWAuthenticateHeader header = headers.createWWWAuthenticateHeader("Digest");
      header.setRealm(realm);
      header.setNonce(nonces.issue());
      header.setAlgorithm(algorithm.token());
      header.setQop("auth");
      if (stale) {
        header.setStale(true);
      }
      challenges.add(header);
    }
    return challenges;
  }

  /** Judges the credentials of a request; {@code credentials} yields those of our realm or null. */
  public Verdict verify(String method, Supplier<@Nullable AuthorizationHeader> credentials) {
    AuthorizationHeader header = credentials.get();
    if (header == null) {
      return Verdict.REFUSED;
    }
    Digest.Algorithm algorithm = Digest.Algorithm.of(header.getAlgorithm());
    String user = header.getUsername();
    String nonce = header.getNonce();
    String response = header.getResponse();
    String uri = header.getParameter("uri");
    if (algorithm == null || user == null || nonce == null || response == null || uri == null) {
      return Verdict.REFUSED;
    }
    String qop = header.getQop();
    String count = header.getParameter("nc");
    String cnonce = header.getCNonce();
    if (qop != null && (!qop.equalsIgnoreCase("auth") || count == null || cnonce == null)) {
      return Verdict.REFUSED;
    }
    // The arithmetic is done for unknown users too: its time must not tell who exists.
    String password = passwords.get(user);
    String expected =
        Digest.response(
            algorithm,
            Digest.a1(algorithm, user, realm, password == null ? "" : password),
            method,
            uri,
            nonce,
            count == null ? "" : count,
            cnonce == null ? "" : cnonce,
            qop);
    boolean right = Digest.areEqual(expected, response.toLowerCase(Locale.ROOT));
    if (!right || password == null) {
      return Verdict.REFUSED;
    }
    return nonces.use(nonce, countOf(count)) ? Verdict.ACCEPTED : Verdict.STALE;
  }

  private static long countOf(@Nullable String count) {
    if (count == null) {
      return 0;
    }
    try {
      return Long.parseLong(count, 16);
    } catch (NumberFormatException e) {
      // Not a number that any nonce can have been used with.
      return -1;
    }
  }
}
