package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.StubConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EndpointTableTest {

  private static final Endpoint DESK = new Endpoint("sip:alice@contoso.com", "desk");
  private static final Endpoint PHONE = new Endpoint("sip:alice@contoso.com", "phone");

  private final EndpointTable table = new EndpointTable();
  private final TransportConnection first =
      new StubConnection(1, ManagedConnection.Side.PROXY, "TCP");
  private final TransportConnection second =
      new StubConnection(2, ManagedConnection.Side.PROXY, "TCP");

  @Test
  @Requirement("OBP-4")
  void theOlderAuthenticatedConnectionOfTheEndpointIsReturned() {
    assertThat(table.authenticate(first, DESK)).isNull();
    assertThat(table.authenticate(second, DESK)).isSameAs(first);
    assertThat(table.authenticatedConnection(DESK)).isSameAs(second);
  }

  @Test
  @Requirement("OBP-4")
  void twoDevicesOfOneUserDoNotDisplaceEachOther() {
    table.authenticate(first, DESK);
    assertThat(table.authenticate(second, PHONE)).isNull();
    assertThat(table.authenticatedConnection(DESK)).isSameAs(first);
  }

  @Test
  void authenticatingAgainOnTheSameConnectionDisplacesNobody() {
    table.authenticate(first, DESK);
    assertThat(table.authenticate(first, DESK)).isNull();
  }

  @Test
  @Requirement("OBP-4")
  void theLateEndOfTheOlderConnectionDoesNotHarmTheNewer() {
    table.authenticate(first, DESK);
    table.authenticate(second, DESK);
    assertThat(table.release(first, DESK)).isFalse();
    assertThat(table.authenticatedConnection(DESK)).isSameAs(second);
    assertThat(table.owner(DESK)).isSameAs(second);
    assertThat(table.release(second, DESK)).isTrue();
    assertThat(table.size()).isZero();
  }

  @Test
  @Requirement("OBP-5")
  void registeringWithoutAuthenticationDisplacesNobodyButOwnsTheBinding() {
    table.authenticate(first, DESK);
    table.associate(second, DESK);
    assertThat(table.authenticatedConnection(DESK)).isSameAs(first);
    assertThat(table.release(first, DESK)).isFalse();
    assertThat(table.release(second, DESK)).isTrue();
    assertThat(table.size()).isZero();
  }

  @Test
  @Requirement({"OBP-4", "OBP-5"})
  void onlyAnAuthenticatedConnectionIsDisplacedNotOneThatMerelyRegistered() {
    TransportConnection third = new StubConnection(3, ManagedConnection.Side.PROXY, "TCP");
    table.associate(first, DESK);
    assertThat(table.authenticate(second, DESK)).isNull();
    table.associate(first, DESK);
    assertThat(table.authenticate(third, DESK)).isSameAs(second);
  }

  @Test
  void anAssociationOnTheAuthenticatedConnectionKeepsItAuthenticated() {
    table.authenticate(first, DESK);
    table.associate(first, DESK);
    assertThat(table.authenticatedConnection(DESK)).isSameAs(first);
  }

  @Test
  @Requirement("OBP-4")
  void whoTookBackItsRegistrationIsStillDisplacedWhereItAuthenticated() {
    table.authenticate(first, DESK);
    assertThat(table.unbind(first, DESK)).isTrue();
    assertThat(table.unbind(second, DESK)).isFalse();
    assertThat(table.owner(DESK)).isNull();
    assertThat(table.authenticate(second, DESK)).isSameAs(first);
    table.release(first, DESK);
    assertThat(table.release(second, DESK)).isTrue();
    table.associate(first, DESK);
    assertThat(table.unbind(second, DESK)).isFalse();
    assertThat(table.owner(DESK)).isSameAs(first);
    assertThat(table.unbind(first, DESK)).isFalse();
    assertThat(table.size()).isZero();
  }

  @Test
  void theDevicesOfAUserComeAndGoWithoutTheOthers() {
    Endpoint tablet = new Endpoint("sip:alice@contoso.com", "tablet");
    for (Endpoint device : List.of(DESK, PHONE, tablet)) {
      table.associate(first, device);
    }
    table.associate(second, PHONE);
    assertThat(table.devices("sip:alice@contoso.com"))
        .containsExactlyInAnyOrder(
            new EndpointTable.Entry(DESK, first, null),
            new EndpointTable.Entry(PHONE, second, null),
            new EndpointTable.Entry(tablet, first, null));
    assertThat(table.release(first, DESK)).isTrue();
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.owner(DESK)).isNull();
    assertThat(table.release(first, tablet)).isTrue();
    assertThat(table.devices("sip:alice@contoso.com"))
        .containsExactly(new EndpointTable.Entry(PHONE, second, null));
    assertThat(table.release(second, PHONE)).isTrue();
    assertThat(table.devices("sip:alice@contoso.com")).isEmpty();
    assertThat(table.size()).isZero();
  }

  @Test
  void releasingAnUnknownEndpointIsNothing() {
    assertThat(table.release(first, DESK)).isFalse();
    assertThat(table.size()).isZero();
  }

  @Test
  @Requirement("OBP-4")
  void ofManyThatAuthenticateAtOnceAllButTheLastAreReturnedOnce() throws Exception {
    int threads = 8;
    int rounds = 200;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < rounds; round++) {
        Endpoint endpoint = new Endpoint("sip:alice@contoso.com", "round" + round);
        CyclicBarrier barrier = new CyclicBarrier(threads);
        List<TransportConnection> all = new ArrayList<>();
        List<Future<@Nullable TransportConnection>> displaced = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          TransportConnection connection =
              new StubConnection(i, ManagedConnection.Side.PROXY, "TCP");
          all.add(connection);
          displaced.add(
              pool.submit(
                  () -> {
                    barrier.await();
                    return table.authenticate(connection, endpoint);
                  }));
        }
        List<TransportConnection> closed = new ArrayList<>();
        for (Future<@Nullable TransportConnection> one : displaced) {
          TransportConnection older = one.get();
          if (older != null) {
            closed.add(older);
          }
        }
        closed.add(Objects.requireNonNull(table.authenticatedConnection(endpoint)));
        assertThat(closed).containsExactlyInAnyOrderElementsOf(all);
        assertThat(table.owner(endpoint)).isSameAs(table.authenticatedConnection(endpoint));
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
