package net.conmgmt.sip.internal.directory;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import net.conmgmt.sip.directory.Nonces;
import net.conmgmt.sip.internal.connection.SignedText;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * Nonces of a time stamp in milliseconds, random bytes and a code over both. The key is this
 * process's own until the directory has given the shared one; this process accepts its earlier
 * nonces afterwards as well.
 */
final class SharedNonces implements Nonces {

  private static final int SECRET_BYTES = 32;
  private static final int RANDOM_BYTES = 12;
  private static final int DATA_BYTES = Long.BYTES + RANDOM_BYTES;

  private final Scheduler scheduler;
  private final SecureRandom random;
  private final byte[] own = new byte[SECRET_BYTES];
  private final SignedText ownKey;
  private volatile SignedText key;

  SharedNonces(Scheduler scheduler, SecureRandom random) {
    this.scheduler = scheduler;
    this.random = random;
    random.nextBytes(own);
    ownKey = new SignedText(own, DATA_BYTES);
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
    key = new SignedText(bytes, DATA_BYTES);
  }

  @Override
  public String issue() {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    return key.of(
        ByteBuffer.allocate(DATA_BYTES).putLong(scheduler.epochMillis()).put(bytes).array());
  }

  @Override
  public Optional<Duration> ageOf(String nonce) {
    byte[] agreed = key.read(nonce);
    byte[] data = agreed == null ? ownKey.read(nonce) : agreed;
    return data == null
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(scheduler.epochMillis() - ByteBuffer.wrap(data).getLong()));
  }
}
