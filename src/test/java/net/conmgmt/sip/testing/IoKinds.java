package net.conmgmt.sip.testing;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The kinds of I/O that tests of the transport run with:
 * {@code @MethodSource("net.conmgmt.sip.testing.IoKinds#all")} gives each value in turn, and {@code
 * Stacks.managed(IoKinds.PROPERTY, kind)} makes a stack of that kind.
 */
public final class IoKinds {

  /** The stack property that chooses the kind. */
  public static final String PROPERTY = "net.conmgmt.sip.TRANSPORT";

  private static final List<String> KINDS = List.of("nio", "blocking");

  private IoKinds() {}

  /** Every value of the property. */
  public static List<String> all() {
    return KINDS;
  }

  /** Every value of the property with {@code tcp} and with {@code tls}. */
  public static List<Arguments> withTransports() {
    return KINDS.stream()
        .flatMap(kind -> Stream.of("tcp", "tls").map(transport -> Arguments.of(kind, transport)))
        .toList();
  }
}
