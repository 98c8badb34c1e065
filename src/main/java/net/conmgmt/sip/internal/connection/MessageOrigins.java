package net.conmgmt.sip.internal.connection;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * Remembers on which connection a message arrived, for as long as the message is referenced, even
 * after the connection has ended. The RI's requests know their channel; its responses know only
 * addresses, which a newer connection may have as well. Thread-safe.
 */
final class MessageOrigins {

  /** A message by identity: the RI's messages are equal when they read the same. */
  private static final class Key extends WeakReference<Object> {

    private final int hash;

    Key(Object message, @Nullable ReferenceQueue<Object> collected) {
      super(message, collected);
      hash = System.identityHashCode(message);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      Object message = get();
      return message != null && other instanceof Key key && key.get() == message;
    }
  }

  private final Map<Key, ManagedConnection> origins = new ConcurrentHashMap<>();
  private final ReferenceQueue<Object> collected = new ReferenceQueue<>();

  void put(Object message, ManagedConnection connection) {
    for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
      origins.remove(gone);
    }
    origins.put(new Key(message, collected), connection);
  }

  /** The connection on which this very message arrived, or null if that is not known. */
  @Nullable ManagedConnection find(Object message) {
    return origins.get(new Key(message, null));
  }

  /** How many messages are remembered that nobody has let go of yet, as far as is known. */
  int size() {
    return origins.size();
  }
}
