package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import net.conmgmt.sip.internal.discovery.FailedRoutes.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailedRoutesTest {

  private final FailedRoutes routes = new FailedRoutes();

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE})
  void aFailureCountsForTwoMinutes(long start) {
    routes.failed(route(1), start);
    assertThat(routes.postponed(start + FailedRoutes.POSTPONED_NANOS - 1))
        .containsExactly(route(1));
    assertThat(routes.postponed(start + FailedRoutes.POSTPONED_NANOS)).isEmpty();
  }

  @Test
  void aFailureOfADomainWithLongerPausesCountsLonger() {
    routes.failed(route(1), 0);
    routes.failed(route(2), 0, 10 * FailedRoutes.POSTPONED_NANOS);
    assertThat(routes.postponed(9 * FailedRoutes.POSTPONED_NANOS)).containsExactly(route(2));
    assertThat(routes.postponed(10 * FailedRoutes.POSTPONED_NANOS)).isEmpty();
  }

  @Test
  void aNewFailureCountsAnew() {
    routes.failed(route(1), 0);
    routes.failed(route(1), 1);
    assertThat(routes.postponed(FailedRoutes.POSTPONED_NANOS)).containsExactly(route(1));
  }

  @Test
  void whatWasConnectedIsForgotten() {
    routes.failed(route(1), 0);
    routes.failed(route(2), 0);
    routes.connected(route(1));
    assertThat(routes.postponed(0)).containsExactly(route(2));
  }

  @Test
  void theOldestGoesWhenThereAreTooMany() {
    for (int port = 1; port <= FailedRoutes.MOST + 1; port++) {
      routes.failed(route(port), 0);
    }
    assertThat(routes.postponed(0)).hasSize(FailedRoutes.MOST).doesNotContain(route(1));
  }

  private static Route route(int port) {
    return new Route(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), "TLS");
  }
}
