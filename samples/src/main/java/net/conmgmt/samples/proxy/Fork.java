package net.conmgmt.samples.proxy;

import javax.sip.message.Response;
import org.jspecify.annotations.Nullable;

/**
 * Which of the responses of several devices goes back to who asked (RFC 3261 section 16.7 steps 5
 * and 6): the first success, or else, once all have answered, the best failure. For requests other
 * than INVITE: nothing has to be cancelled. Thread-safe.
 */
final class Fork {

  private int open;
  private boolean answered;
  private @Nullable Response best;

  Fork(int branches) {
    open = branches;
  }

  /** A device has answered with a final response; gives the one to be sent back now, or null. */
  synchronized @Nullable Response finished(Response response) {
    Response former = best;
    if (former == null || classOf(response) < classOf(former)) {
      best = response;
    }
    open--;
    if (answered || (open > 0 && classOf(response) != 2)) {
      return null;
    }
    answered = true;
    return best;
  }

  /** A refusal by all (6xx) goes before those of single devices. */
  private static int classOf(Response response) {
    int status = response.getStatusCode() / 100;
    return status == 6 ? 3 : status == 3 ? 4 : status;
  }
}
