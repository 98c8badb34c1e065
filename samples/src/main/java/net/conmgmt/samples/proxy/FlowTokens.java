package net.conmgmt.samples.proxy;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * What a Record-Route says of the two connections of a dialog, in the way of RFC 5626 section 5.1:
 * their numbers, who called, and a code that only this proxy can make. A request of the dialog then
 * goes to the other end's connection, whatever its Contact is. Thread-safe.
 */
final class FlowTokens {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int DATA_BYTES = 20;
  private static final int CODE_BYTES = 10;

  /** Stands for the next hop, to which this proxy connects anew when it must. */
  private static final long NEXT_HOP = 0;

  /** Stands for another proxy of the directory, which the next Route names. */
  private static final long PEER = -1;

  /** Where a token leads. */
  sealed interface Way {

    /** To this connection. */
    record To(Flow flow) implements Way {}

    /** To the proxy that the next Route names. */
    record Peer() implements Way {}

    /** To a connection that has ended. */
    record Gone() implements Way {}

    /** Nowhere: this proxy did not make it. */
    record Forged() implements Way {}
  }

  private final SecretKeySpec key;
  private final @Nullable Flow nextHop;
  private final @Nullable Peers peers;
  private final Map<Long, ManagedConnection> connections = new ConcurrentHashMap<>();

  FlowTokens(SecureRandom random, @Nullable Flow nextHop, @Nullable Peers peers) {
    this.peers = peers;
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    key = new SecretKeySpec(bytes, ALGORITHM);
    this.nextHop = nextHop;
  }

  /** The token of a dialog, or null where connections are not managed. */
  @Nullable String of(Flow caller, Flow callee, String callerTag) {
    Long from = number(caller);
    Long to = number(callee);
    if (from == null || to == null) {
      return null;
    }
    byte[] data =
        ByteBuffer.allocate(DATA_BYTES).putLong(from).putLong(to).putInt(mark(callerTag)).array();
    byte[] token = Arrays.copyOf(data, DATA_BYTES + CODE_BYTES);
    System.arraycopy(code(data), 0, token, DATA_BYTES, CODE_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  private @Nullable Long number(Flow flow) {
    ManagedConnection connection = flow.connection();
    if (nextHop != null
        && (connection == null || connection.side() == ManagedConnection.Side.CLIENT)) {
      return NEXT_HOP;
    }
    if (peers != null && peers.isPeer(flow)) {
      return PEER;
    }
    if (connection == null) {
      return null;
    }
    connections.put(connection.id(), connection);
    if (!connection.isOpen()) {
      forget(connection);
    }
    return connection.id();
  }

  /** Where a request of the dialog goes that comes from the end with this tag. */
  Way follow(String token, @Nullable String senderTag) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      return new Way.Forged();
    }
    byte[] data = Arrays.copyOf(bytes, DATA_BYTES);
    if (bytes.length != DATA_BYTES + CODE_BYTES
        || !MessageDigest.isEqual(
            code(data), Arrays.copyOfRange(bytes, DATA_BYTES, bytes.length))) {
      return new Way.Forged();
    }
    ByteBuffer fields = ByteBuffer.wrap(data);
    long caller = fields.getLong();
    long callee = fields.getLong();
    boolean fromCaller = senderTag != null && mark(senderTag) == fields.getInt();
    long target = fromCaller ? callee : caller;
    if (target == NEXT_HOP) {
      return nextHop == null ? new Way.Gone() : new Way.To(nextHop);
    }
    if (target == PEER) {
      return new Way.Peer();
    }
    ManagedConnection connection = connections.get(target);
    return connection == null || !connection.isOpen()
        ? new Way.Gone()
        : new Way.To(Flow.on(connection));
  }

  /** A connection has ended. */
  void forget(ManagedConnection connection) {
    connections.remove(connection.id());
  }

  private static int mark(String tag) {
    return tag.hashCode();
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
