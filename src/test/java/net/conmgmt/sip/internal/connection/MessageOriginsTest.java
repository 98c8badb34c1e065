package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.HashMap;
import java.util.Map;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.testing.StubConnection;
import org.junit.jupiter.api.Test;

class MessageOriginsTest {

  private final MessageOrigins origins = new MessageOrigins();
  private final ManagedConnection first =
      new StubConnection(1, ManagedConnection.Side.CLIENT, "TCP");
  private final ManagedConnection second =
      new StubConnection(2, ManagedConnection.Side.CLIENT, "TCP");

  @Test
  void messagesThatAreEqualKeepTheirOwnConnections() {
    String a = new String("same");
    String b = new String("same");
    origins.put(a, first);
    origins.put(b, second);
    assertThat(origins.find(a)).isSameAs(first);
    assertThat(origins.find(b)).isSameAs(second);
    assertThat(origins.find(new String("same"))).isNull();
    assertThat(origins.size()).isEqualTo(2);
  }

  /** As happens to two of some ten thousand messages. */
  @Test
  void messagesOfTheSameHashCodeKeepTheirOwnConnections() {
    Map<Integer, Object> byHash = new HashMap<>();
    Object b = new Object();
    Object a = byHash.put(System.identityHashCode(b), b);
    while (a == null) {
      b = new Object();
      a = byHash.put(System.identityHashCode(b), b);
    }
    origins.put(a, first);
    assertThat(origins.find(b)).isNull();
    origins.put(b, second);
    assertThat(origins.find(a)).isSameAs(first);
    assertThat(origins.find(b)).isSameAs(second);
  }

  @Test
  void messagesThatNobodyHoldsAreForgotten() {
    for (int i = 0; i < 10_000; i++) {
      origins.put(new Object(), first);
    }
    await()
        .until(
            () -> {
              System.gc();
              origins.put(new Object(), first);
              return origins.size() < 100;
            });
  }
}
