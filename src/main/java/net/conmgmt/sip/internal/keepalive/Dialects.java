package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.connection.Rhythm;

/** The dialects that a stack speaks, and what they have in common. Pure. */
final class Dialects {

  private Dialects() {}

  /** Those that the properties name, in the order of {@link KeepAliveDialect}. */
  static List<Dialect> of(ConnectionManagementProperties properties) {
    Set<KeepAliveDialect> named = EnumSet.noneOf(KeepAliveDialect.class);
    for (String word : properties.words(Key.KEEP_ALIVE_DIALECTS)) {
      for (KeepAliveDialect dialect : KeepAliveDialect.values()) {
        if (dialect.word().equals(word)) {
          named.add(dialect);
        }
      }
    }
    int floor = properties.intValue(Key.KEEP_ALIVE_FLOOR);
    List<Dialect> dialects = new ArrayList<>();
    for (KeepAliveDialect name : named) {
      dialects.add(
          switch (name) {
            case MS -> new MsDialect(floor);
            case KEEP -> new KeepDialect(floor);
            case OUTBOUND ->
                new OutboundDialect(floor, instance(properties), properties.isOn(Key.REGISTRAR));
          });
    }
    return List.copyOf(dialects);
  }

  private static String instance(ConnectionManagementProperties properties) {
    String said = properties.text(Key.INSTANCE);
    if (said.isEmpty()) {
      return "urn:uuid:" + UUID.randomUUID();
    }
    if (!said.matches("(?i)urn:[a-z0-9-]+:[^\\s<>\"]+")) {
      throw new IllegalArgumentException(
          "Property "
              + Key.INSTANCE.propertyName()
              + " = '"
              + said
              + "': expected a URN such as urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    }
    return said;
  }

  /**
   * What a response grants for its registration or dialog.
   *
   * @param timeoutSeconds the peer's T; 0 where it leaves that to this side
   */
  static Grant grant(
      KeepAliveDialect name, SIPMessage response, int timeoutSeconds, int lifetimeSeconds) {
    Rhythm rhythm = timeoutSeconds == 0 ? Rhythm.ofOwnChoice() : Rhythm.ofEach(timeoutSeconds);
    return new Grant(
        name,
        Offered.callIdOf(response),
        response.getCSeq().getSeqNumber(),
        timeoutSeconds == 0 ? (int) (rhythm.mostNanos() / 1_000_000_000) : timeoutSeconds,
        rhythm,
        lifetimeSeconds);
  }

  /** Why a T is not believed. */
  static String tooShort(int seconds, int floorSeconds) {
    return "T = "
        + seconds
        + " s is below "
        + floorSeconds
        + " s (KEEP_ALIVE_FLOOR) and is ignored: someone on the path could use it to make this"
        + " client flood the proxy (RFC 6223 section 10)";
  }
}
