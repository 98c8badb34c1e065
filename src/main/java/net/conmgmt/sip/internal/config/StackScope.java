package net.conmgmt.sip.internal.config;

import gov.nist.javax.sip.SipStackImpl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import javax.sip.SipStack;
import org.jspecify.annotations.Nullable;

/**
 * Holds the parts of this library that belong to one SIP stack, one instance of each type. The RI
 * creates the message processor factory and the router by reflection and independently of each
 * other; through the scope they share parts without knowing each other.
 *
 * <p>Thread-safe. A scope lives as long as its stack.
 */
public final class StackScope {

  /** Under which the stack's own properties object keeps the scope. */
  private static final Object KEY = StackScope.class;

  private final ConnectionManagementProperties properties;
  private final @Nullable SipStackImpl stack;
  private final Map<Class<?>, Object> parts = new HashMap<>();
  private final List<Runnable> stopActions = new ArrayList<>();

  /** A scope that belongs to no stack, for tests and for use outside a stack. */
  public StackScope(ConnectionManagementProperties properties) {
    this(properties, null);
  }

  private StackScope(ConnectionManagementProperties properties, @Nullable SipStackImpl stack) {
    this.properties = properties;
    this.stack = stack;
  }

  /**
   * The scope of {@code stack}, made at the first call.
   *
   * @throws IllegalArgumentException if a property of this library has a bad value (the message
   *     says name, value and what was expected), or the stack is not the JAIN-SIP RI
   */
  public static StackScope of(SipStack stack) {
    if (!(stack instanceof SipStackImpl ri)) {
      throw new IllegalArgumentException(
          "Expected a stack of the JAIN-SIP RI (gov.nist), found " + stack.getClass().getName());
    }
    // The stack itself holds its scope: a table of ours would keep a stack for ever that one of its
    // listeners knows. The RI wraps what the application gave it, so this object is the stack's
    // own.
    Properties own = ri.getConfigurationProperties();
    ConnectionManagementProperties properties = ConnectionManagementProperties.ofStack(own);
    return (StackScope) own.computeIfAbsent(KEY, key -> new StackScope(properties, ri));
  }

  /** The stack's properties, checked. */
  public ConnectionManagementProperties properties() {
    return properties;
  }

  /** A property of the stack that is not this library's, or null. */
  public @Nullable String stackProperty(String name) {
    return stack == null ? null : stack.getConfigurationProperties().getProperty(name);
  }

  /** The part of this type, made by {@code maker} when there is none yet. */
  public <T> T get(Class<T> type, Function<StackScope, T> maker) {
    synchronized (parts) {
      Object part = parts.get(type);
      if (part == null) {
        part = maker.apply(this);
        parts.put(type, part);
      }
      return type.cast(part);
    }
  }

  /** The part of this type, or null when none was made yet. */
  public <T> @Nullable T find(Class<T> type) {
    synchronized (parts) {
      return type.cast(parts.get(type));
    }
  }

  /** Sets the part of this type, in place of a former one. */
  public <T> void put(Class<T> type, T part) {
    synchronized (parts) {
      parts.put(type, part);
    }
  }

  /** Has {@code action} run once, when the stack stops. */
  public void atStop(Runnable action) {
    synchronized (parts) {
      stopActions.add(action);
    }
  }

  /**
   * The last listening point has stopped: runs what was left with {@link #atStop}. Where the whole
   * stack stops, no thread of it is left.
   */
  public void stopped() {
    List<Runnable> actions;
    synchronized (parts) {
      actions = List.copyOf(stopActions);
      stopActions.clear();
    }
    actions.forEach(Runnable::run);
    if (stack != null) {
      EventThread.endWith(stack);
    }
  }

  /** Forgets the part of this type; the next {@link #get} makes a new one. */
  public void remove(Class<?> type) {
    synchronized (parts) {
      parts.remove(type);
    }
  }
}
