package net.conmgmt.samples.sip;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of HTTP Digest in SIP (RFC 3261 section 22.4, RFC 8760), as the RI's own helpers
 * know MD5 only. Stateless.
 */
public final class Digest {

  /** The algorithms of this sample, the better first. */
  public enum Algorithm {
    SHA_256("SHA-256"),
    MD5("MD5");

    private final String token;

    Algorithm(String token) {
      this.token = token;
    }

    /** The name in header fields and, as it happens, of the JDK. */
    public String token() {
      return token;
    }

    /** The algorithm of a header's parameter; none said means MD5; null for one not known. */
    public static @Nullable Algorithm of(@Nullable String parameter) {
      if (parameter == null) {
        return MD5;
      }
      for (Algorithm algorithm : values()) {
        if (algorithm.token.equalsIgnoreCase(parameter)) {
          return algorithm;
        }
      }
      return null;
    }
  }

  private Digest() {}

  /** H(user:realm:password), hexadecimal. */
  public static String a1(Algorithm algorithm, String user, String realm, String password) {
    return hash(algorithm, user + ":" + realm + ":" + password);
  }

  /**
   * The response to a challenge.
   *
   * @param nonceCount eight hexadecimal digits; only used with a quality of protection
   * @param qop {@code auth}, or null for the form without it
   */
  public static String response(
      Algorithm algorithm,
      String hashedA1,
      String method,
      String uri,
      String nonce,
      String nonceCount,
      String cnonce,
      @Nullable String qop) {
    String a2 = hash(algorithm, method + ":" + uri);
    String middle = qop == null ? nonce : String.join(":", nonce, nonceCount, cnonce, qop);
    return hash(algorithm, hashedA1 + ":" + middle + ":" + a2);
  }

  /** Compares without telling by its time how much was right. */
  public static boolean areEqual(String expected, String found) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), found.getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(Algorithm algorithm, String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance(algorithm.token())
              .digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has " + algorithm.token(), e);
    }
  }
}
