package net.conmgmt.samples.proxy;

import java.util.List;
import javax.sip.message.Response;
import org.jspecify.annotations.Nullable;

/**
 * Which of the responses of several devices goes back to the caller (RFC 3261 section 16.7 steps 5
 * and 6): the first success, or else, once all have answered, the best failure. Thread-safe.
 */
final class Fork {

  /** Refusals that tell the caller how to ask again (RFC 3261 section 16.7 step 6). */
  private static final List<Integer> HELPFUL = List.of(401, 407, 415, 420, 484);

  private int open;
  private boolean answered;
  private @Nullable Response best;

  Fork(int branches) {
    open = branches;
  }

  /** A device has answered with a final response; gives the one to be sent back now, or null. */
  synchronized @Nullable Response finished(Response response) {
    Response former = best;
    if (former == null || rank(response) < rank(former)) {
      best = response;
    }
    open--;
    if (answered || (open > 0 && response.getStatusCode() / 100 != 2)) {
      return null;
    }
    answered = true;
    return best;
  }

  /** A device will not answer; gives the response to be sent back now, or null. */
  synchronized @Nullable Response silent() {
    open--;
    if (answered || open > 0) {
      return null;
    }
    answered = true;
    return best;
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
