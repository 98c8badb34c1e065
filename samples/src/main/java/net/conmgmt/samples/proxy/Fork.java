package net.conmgmt.samples.proxy;

import java.util.ArrayList;
import java.util.List;
import javax.sip.header.Header;
import javax.sip.header.ProxyAuthenticateHeader;
import javax.sip.header.WWWAuthenticateHeader;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Sip;
import org.jspecify.annotations.Nullable;

/**
 * Which of the responses of several devices goes back to the caller (RFC 3261 section 16.7 steps 5
 * to 7): the first success, or else, once all have answered, the best failure. Thread-safe.
 */
final class Fork {

  /** Refusals that tell the caller how to ask again (RFC 3261 section 16.7 step 6). */
  private static final List<Integer> HELPFUL = List.of(401, 407, 415, 420, 484);

  private static final List<String> CHALLENGES =
      List.of(WWWAuthenticateHeader.NAME, ProxyAuthenticateHeader.NAME);

  private int open;
  private boolean answered;
  private @Nullable Response best;
  private final List<Response> challenges = new ArrayList<>();

  Fork(int branches) {
    open = branches;
  }

  /** A device has answered with a final response; gives the one to be sent back now, or null. */
  synchronized @Nullable Response finished(Response response) {
    Response former = best;
    if (former == null || rank(response) < rank(former)) {
      best = response;
    }
    if (isChallenge(response)) {
      challenges.add(response);
    }
    open--;
    if (answered || (open > 0 && response.getStatusCode() / 100 != 2)) {
      return null;
    }
    return chosen();
  }

  /** A challenge carries those of the other devices too (RFC 3261 section 16.7 step 7). */
  private @Nullable Response chosen() {
    answered = true;
    Response chosen = best;
    if (chosen != null && isChallenge(chosen)) {
      for (Response other : challenges) {
        for (String name : other.equals(chosen) ? List.<String>of() : CHALLENGES) {
          Sip.headers(other, name, Header.class).forEach(chosen::addHeader);
        }
      }
    }
    return chosen;
  }

  private static boolean isChallenge(Response response) {
    return response.getStatusCode() == Response.UNAUTHORIZED
        || response.getStatusCode() == Response.PROXY_AUTHENTICATION_REQUIRED;
  }

  /** A device will not answer; gives the response to be sent back now, or null. */
  synchronized @Nullable Response silent() {
    open--;
    if (answered || open > 0) {
      return null;
    }
    return chosen();
  }

  /** Whether a final response was chosen, or will never be. */
  synchronized boolean isAnswered() {
    return answered;
  }

  /** Nobody waits for a response any more. */
  synchronized void abandon() {
    answered = true;
  }

  /** Success, then a refusal by all (6xx), then the lower class. */
  private static int rank(Response response) {
    int status = response.getStatusCode();
    int group =
        switch (status / 100) {
          case 2 -> 0;
          case 6 -> 1;
          case 3 -> 2;
          case 4 -> 3;
          default -> 4;
        };
    return group * 2 + (HELPFUL.contains(status) ? 0 : 1);
  }
}
