package net.conmgmt.sip;

import java.util.List;

/**
 * How one connection stands at the moment of asking. Immutable.
 *
 * @param timeoutSeconds the negotiated T; 0 where keep-alive was not negotiated
 * @param endpoints who registered or authenticated on it, on the proxy side
 * @param timers when its timers fire
 */
public record ConnectionStatus(
    int timeoutSeconds, List<Endpoint> endpoints, RemainingTimes timers) {

  /** Nothing was negotiated, nobody registered, no timer runs. */
  public static final ConnectionStatus NONE =
      new ConnectionStatus(0, List.of(), RemainingTimes.NONE);

  /** Copies the list. */
  public ConnectionStatus {
    endpoints = List.copyOf(endpoints);
  }
}
