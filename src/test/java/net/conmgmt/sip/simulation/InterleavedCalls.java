package net.conmgmt.sip.simulation;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import net.conmgmt.sip.simulation.Interleaving.Walker;
import org.jspecify.annotations.Nullable;

/** What {@link InterleavedClasses} has other classes call. */
public final class InterleavedCalls {

  private InterleavedCalls() {}

  /** Before an access to a field of a class of that area. */
  public static void access(int area) {
    if (Thread.currentThread() instanceof Walker me) {
      me.of().passes(me, area, 1);
    }
  }

  /** In the place of the beginning of a synchronized block. */
  public static void enter(Object object) {
    if (Thread.currentThread() instanceof Walker me) {
      me.of().enter(me, object);
    }
  }

  /** In the place of the end of a synchronized block. */
  public static void exit(Object object) {
    if (Thread.currentThread() instanceof Walker me) {
      me.of().exit(me, object);
    }
  }

  /** From here on the thread does not stand still, as it has a lock of the JVM. */
  public static void inOnePiece() {
    if (Thread.currentThread() instanceof Walker me) {
      me.inOnePiece++;
    }
  }

  /** The end of that. */
  public static void inPieces() {
    if (Thread.currentThread() instanceof Walker me) {
      me.inOnePiece--;
    }
  }

  private static <T> T locked(Object map, Supplier<T> work) {
    enter(map);
    inOnePiece();
    try {
      return work.get();
    } finally {
      inPieces();
      exit(map);
    }
  }

  /** In the place of that method of a map, which may lock it. */
  public static <K, V> @Nullable V compute(Map<K, V> map, K key, BiFunction<K, V, V> step) {
    return locked(map, () -> map.compute(key, step));
  }

  /** In the place of that method of a map, which may lock it. */
  public static <K, V> @Nullable V computeIfPresent(
      Map<K, V> map, K key, BiFunction<K, V, V> step) {
    return locked(map, () -> map.computeIfPresent(key, step));
  }

  /** In the place of that method of a map, which may lock it. */
  public static <K, V> V computeIfAbsent(Map<K, V> map, K key, Function<K, V> step) {
    return locked(map, () -> map.computeIfAbsent(key, step));
  }
}
