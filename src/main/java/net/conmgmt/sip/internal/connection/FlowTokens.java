package net.conmgmt.sip.internal.connection;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import net.conmgmt.sip.FlowLookup;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.StackScope;

/**
 * Makes and reads the tokens that stand for connections (RFC 5626 section 5.2). A token names a
 * start of the stack and one of its connections, and carries a code that only a holder of the key
 * can make. It is worthless once its connection has ended: no later connection has the same number,
 * and no later start the same mark. Thread-safe.
 */
public final class FlowTokens {

  private static final int DATA_BYTES = 2 * Long.BYTES;

  private final ConnectionRegistry registry;
  private final SignedText tokens;
  private final long start;

  FlowTokens(ConnectionRegistry registry, byte[] key, long start) {
    this.registry = registry;
    tokens = new SignedText(key, DATA_BYTES);
    this.start = start;
  }

  /** The tokens of a stack; always the same object. */
  public static FlowTokens of(StackScope scope) {
    return scope.get(FlowTokens.class, FlowTokens::make);
  }

  private static FlowTokens make(StackScope scope) {
    SecureRandom random = new SecureRandom();
    String text = scope.properties().text(Key.FLOW_TOKEN_KEY);
    byte[] key = text.getBytes(StandardCharsets.UTF_8);
    if (key.length == 0) {
      key = new byte[32];
      random.nextBytes(key);
    }
    return new FlowTokens(ConnectionRegistry.of(scope), key, random.nextLong());
  }

  /** The token of a connection: letters, digits, {@code -} and {@code _}. */
  public String of(ManagedConnection connection) {
    return tokens.of(
        ByteBuffer.allocate(DATA_BYTES).putLong(start).putLong(connection.id()).array());
  }

  /** Where a token leads that somebody presents. */
  public FlowLookup find(String token) {
    byte[] data = tokens.read(token);
    if (data == null) {
      return new FlowLookup(FlowLookup.Outcome.FORGED, null);
    }
    ByteBuffer fields = ByteBuffer.wrap(data);
    ManagedConnection connection =
        fields.getLong() == start ? registry.find(fields.getLong()) : null;
    return connection == null || !connection.isOpen()
        ? new FlowLookup(FlowLookup.Outcome.GONE, null)
        : new FlowLookup(FlowLookup.Outcome.FOUND, connection);
  }
}
