package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.lang.reflect.Field;

/** A private field of the RI that has no setter. */
final class RiField {

  /** What is done with it. */
  interface Use {
    void of(Field field) throws IllegalAccessException;
  }

  private RiField() {}

  /**
   * Lets the use have the field.
   *
   * @throws IOException where the RI on the class path is another one
   */
  static void use(Class<?> owner, String name, Use use) throws IOException {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      use.of(field);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IOException(
          "The stack is not made of jain-sip-ri 1.3.0-91, which this library needs: " + e, e);
    }
  }
}
