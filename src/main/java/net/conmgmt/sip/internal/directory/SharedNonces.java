package net.conmgmt.sip.internal.directory;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.conmgmt.sip.directory.Nonces;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * Nonces of a time stamp in milliseconds, random bytes and a code over both. The key is this
 * process's own until the directory has given the shared one; this process accepts its earlier
 * nonces afterwards as well.
 */
final class SharedNonces implements Nonces {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int SECRET_BYTES = 32;
  private static final int RANDOM_BYTES = 12;
  private static final int DATA_BYTES = Long.BYTES + RANDOM_BYTES;
  private static final int CODE_BYTES = 16;

  private final Scheduler scheduler;
  private final SecureRandom random;
  private final byte[] own = new byte[SECRET_BYTES];
  private final SecretKeySpec ownKey;
  private volatile SecretKeySpec key;

  SharedNonces(Scheduler scheduler, SecureRandom random) {
    this.scheduler = scheduler;
    this.random = random;
    random.nextBytes(own);
    ownKey = new SecretKeySpec(own, ALGORITHM);
    key = ownKey;
  }

  /** What this process proposes as the secret of all. */
  String proposal() {
    return Base64.getEncoder().encodeToString(own);
  }

  /** All proxies share this secret. */
  void agreed(String secret) {
    byte[] bytes = Base64.getDecoder().decode(secret);
    if (bytes.length < SECRET_BYTES) {
      throw new IllegalArgumentException(
          "Expected a secret of " + SECRET_BYTES + " bytes, found " + bytes.length);
    }
    key = new SecretKeySpec(bytes, ALGORITHM);
  }

  @Override
  public String issue() {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    byte[] data =
        ByteBuffer.allocate(DATA_BYTES).putLong(scheduler.epochMillis()).put(bytes).array();
    byte[] nonce = Arrays.copyOf(data, DATA_BYTES + CODE_BYTES);
    System.arraycopy(code(key, data), 0, nonce, DATA_BYTES, CODE_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce);
  }

  @Override
  public Optional<Duration> ageOf(String nonce) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(nonce);
    } catch (IllegalArgumentException e) {
      // Of another kind, so not one of these.
      return Optional.empty();
    }
    if (bytes.length != DATA_BYTES + CODE_BYTES) {
      return Optional.empty();
    }
    byte[] data = Arrays.copyOf(bytes, DATA_BYTES);
    byte[] code = Arrays.copyOfRange(bytes, DATA_BYTES, bytes.length);
    return isOf(key, data, code) || isOf(ownKey, data, code)
        ? Optional.of(Duration.ofMillis(scheduler.epochMillis() - ByteBuffer.wrap(data).getLong()))
        : Optional.empty();
  }

  private static boolean isOf(SecretKeySpec secret, byte[] data, byte[] code) {
    return MessageDigest.isEqual(code(secret, data), code);
  }

  private static byte[] code(SecretKeySpec secret, byte[] data) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      return Arrays.copyOf(mac.doFinal(data), CODE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
    }
  }
}
