package net.conmgmt.samples.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;
import org.junit.jupiter.api.Test;

/** Bindings live as long as their expiry and their connection, whichever is shorter. */
class RegistrarTest {

  private static final String ALICE = "sip:alice@contoso.test";

  private final AtomicLong clock = new AtomicLong();
  private final List<String> removed = new ArrayList<>();
  private final Registrar registrar =
      new Registrar(clock::get, (binding, why) -> removed.add(binding.contactKey() + ": " + why));

  private final AtomicBoolean open = new AtomicBoolean(true);
  private final ManagedConnection connection = connection(open);
  private final Flow flow = new Flow("127.0.0.1", 4000, "TCP", connection);

  /** A connection that is only asked whether it is open, and compared. */
  private static ManagedConnection connection(AtomicBoolean open) {
    Object made =
        Proxy.newProxyInstance(
            RegistrarTest.class.getClassLoader(),
            new Class<?>[] {ManagedConnection.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "isOpen" -> open.get();
                  case "equals" -> self == arguments[0];
                  case "hashCode" -> System.identityHashCode(self);
                  default -> throw new UnsupportedOperationException(method.toString());
                });
    return (ManagedConnection) made;
  }

  private List<Registrar.Binding> bind(String contact, int expires, Flow on, long cseq)
      throws Registrar.OutOfOrderException {
    String uri = "sip:alice@" + contact;
    return registrar.update(
        ALICE,
        List.of(new Registrar.Contact(contact, uri, "<" + uri + ">", expires)),
        on,
        "call-" + contact,
        cseq);
  }

  @Test
  void aBindingIsFoundUntilItExpires() throws Exception {
    assertThat(bind("a:1", 60, flow, 1)).hasSize(1);
    clock.addAndGet(TimeUnit.SECONDS.toNanos(59));
    assertThat(registrar.reachable(ALICE)).hasSize(1);
    assertThat(registrar.secondsLeft(registrar.bindings(ALICE).get(0))).isEqualTo(1);
    clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(registrar.reachable(ALICE)).isEmpty();
    registrar.removeExpired();
    assertThat(removed).containsExactly("a:1: it expired");
    assertThat(registrar.isFormerUser(ALICE)).isTrue();
  }

  @Test
  void everyBindingOfAConnectionGoesWithIt() throws Exception {
    bind("a:1", 60, flow, 1);
    bind("a:2", 60, flow, 1);
    bind("b:1", 60, new Flow("127.0.0.1", 4001, "TCP", connection(open)), 1);
    registrar.connectionGone(connection, "gone");
    assertThat(removed).containsExactly("a:1: gone", "a:2: gone");
    assertThat(registrar.bindings(ALICE)).hasSize(1);
    registrar.connectionGone(connection, "again");
    assertThat(removed).hasSize(2);
  }

  @Test
  void aBindingThatMovedToAnotherConnectionSurvivesTheOldOne() throws Exception {
    bind("a:1", 60, flow, 1);
    bind("a:1", 60, new Flow("127.0.0.1", 4001, "TCP", connection(open)), 2);
    registrar.connectionGone(connection, "gone");
    assertThat(removed).isEmpty();
    assertThat(registrar.reachable(ALICE).get(0).flow().port()).isEqualTo(4001);
  }

  @Test
  void onlyTheUserWhoWasRemovedLosesTheBindings() throws Exception {
    bind("a:1", 60, flow, 1);
    registrar.endpointGone(connection, "sip:bob@contoso.test", "gone");
    assertThat(removed).isEmpty();
    registrar.endpointGone(connection, ALICE, "gone");
    assertThat(removed).containsExactly("a:1: gone");
  }

  @Test
  void expiresZeroRemovesOneContactAndTheStarRemovesAll() throws Exception {
    bind("a:1", 60, flow, 1);
    bind("a:2", 60, flow, 1);
    assertThat(bind("a:1", 0, flow, 2)).hasSize(1);
    registrar.removeAll(ALICE, "other", 1);
    assertThat(registrar.bindings(ALICE)).isEmpty();
    assertThat(removed).hasSize(2);
  }

  @Test
  void anOlderRequestOfTheSameCallChangesNothing() throws Exception {
    bind("a:1", 60, flow, 5);
    assertThatThrownBy(() -> bind("a:1", 0, flow, 5))
        .isInstanceOf(Registrar.OutOfOrderException.class)
        .hasMessageContaining("CSeq 5");
    assertThat(registrar.bindings(ALICE)).hasSize(1);
  }

  @Test
  void theDeviceThatRefreshedLastIsCalledUnlessItsConnectionHasGone() throws Exception {
    Flow other = new Flow("127.0.0.1", 4001, "TCP", connection(new AtomicBoolean(true)));
    bind("b:1", 600, other, 1);
    bind("a:1", 60, flow, 1);
    assertThat(registrar.reachable(ALICE))
        .extracting(Registrar.Binding::contactKey)
        .containsExactly("a:1", "b:1");
    open.set(false);
    assertThat(registrar.reachable(ALICE))
        .extracting(Registrar.Binding::contactKey)
        .containsExactly("b:1");
  }
}
