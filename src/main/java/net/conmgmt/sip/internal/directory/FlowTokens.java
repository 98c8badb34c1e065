package net.conmgmt.sip.internal.directory;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.conmgmt.sip.ManagedConnection;

/**
 * Tokens that lead to connections of this process (RFC 5626 section 5.2): the number of the
 * connection and a code that only this process can make, with a key that it never tells. A token
 * ends with its connection, as no later one has its number. Thread-safe.
 */
public final class FlowTokens {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int CODE_BYTES = 16;

  private final SecretKeySpec key;
  private final Map<Long, ManagedConnection> connections = new ConcurrentHashMap<>();

  /** Draws its key. */
  public FlowTokens(SecureRandom random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    key = new SecretKeySpec(bytes, ALGORITHM);
  }

  /** The token of a connection; always the same. */
  public String of(ManagedConnection connection) {
    connections.put(connection.id(), connection);
    if (!connection.isOpen()) {
      forget(connection);
    }
    byte[] code = code(connection.id());
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(
            ByteBuffer.allocate(Long.BYTES + CODE_BYTES)
                .putLong(connection.id())
                .put(code)
                .array());
  }

  /**
   * The open connection to which it leads; empty when that has ended.
   *
   * @throws IllegalArgumentException when it was not made here
   */
  public Optional<ManagedConnection> connection(String token) {
    byte[] bytes = bytes(token);
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    long id = fields.getLong();
    if (!MessageDigest.isEqual(code(id), Arrays.copyOfRange(bytes, Long.BYTES, bytes.length))) {
      throw forged();
    }
    return Optional.ofNullable(connections.get(id)).filter(ManagedConnection::isOpen);
  }

  private static byte[] bytes(String token) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(token);
      if (bytes.length == Long.BYTES + CODE_BYTES) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("A flow token is not Base64", e);
    }
    throw forged();
  }

  private static IllegalArgumentException forged() {
    return new IllegalArgumentException("A flow token was not made by this process");
  }

  /** The connection has ended. */
  public void forget(ManagedConnection connection) {
    connections.remove(connection.id());
  }

  /** How many connections have a token. */
  public int size() {
    return connections.size();
  }

  private byte[] code(long id) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return Arrays.copyOf(
          mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(id).array()), CODE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
    }
  }
}
