package net.conmgmt.sip.internal.connection;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads texts that carry a few bytes and a code that only a holder of the key can make:
 * letters, digits, {@code -} and {@code _}. Immutable.
 */
public final class SignedText {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int CODE_BYTES = 16;

  private final SecretKeySpec key;
  private final int dataBytes;

  /**
   * With a key.
   *
   * @param dataBytes how many bytes each text carries
   */
  public SignedText(byte[] key, int dataBytes) {
    this.key = new SecretKeySpec(key, ALGORITHM);
    this.dataBytes = dataBytes;
  }

  /** The text that carries {@code data}. */
  public String of(byte[] data) {
    byte[] signed = Arrays.copyOf(data, dataBytes + CODE_BYTES);
    System.arraycopy(code(data), 0, signed, dataBytes, CODE_BYTES);
    return text(signed);
  }

  /** What a text carries, or null where no holder of the key made it. */
  public byte @Nullable [] read(String text) {
    byte[] signed;
    try {
      signed = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      // Of another kind.
      return null;
    }
    byte[] data = Arrays.copyOf(signed, dataBytes);
    boolean genuine =
        signed.length == dataBytes + CODE_BYTES
            // The last letter has bits to spare: only one spelling counts.
            && text(signed).equals(text)
            && MessageDigest.isEqual(
                code(data), Arrays.copyOfRange(signed, dataBytes, signed.length));
    return genuine ? data : null;
  }

  private static String text(byte[] signed) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(signed);
  }

  private byte[] code(byte[] data) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return Arrays.copyOf(mac.doFinal(data), CODE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
    }
  }
}
