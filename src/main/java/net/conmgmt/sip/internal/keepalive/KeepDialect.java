package net.conmgmt.sip.internal.keepalive;

import gov.nist.core.NameValue;
import gov.nist.javax.sip.header.Via;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.OptionalInt;
import javax.sip.message.Request;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.internal.header.Seconds;
import org.jspecify.annotations.Nullable;

/**
 * The {@code keep} parameter of the topmost Via (RFC 6223): without a value it asks, with one it
 * grants. It reaches the next hop and nobody behind it, as each takes its own Via away. What was
 * granted for a registration or a dialog ends with it.
 */
final class KeepDialect implements Dialect {

  private static final String KEEP = "keep";

  private final int floorSeconds;

  /**
   * @param floorSeconds a shorter T is not believed (RFC 6223 section 10)
   */
  KeepDialect(int floorSeconds) {
    this.floorSeconds = floorSeconds;
  }

  @Override
  public KeepAliveDialect name() {
    return KeepAliveDialect.KEEP;
  }

  @Override
  public boolean offersOn(SIPRequest request, boolean granted) {
    return request.getTopmostVia() != null
        && (!granted || Request.REGISTER.equals(request.getMethod()));
  }

  @Override
  public void offer(SIPRequest request) {
    set(request.getTopmostVia(), null);
  }

  /** ACK and CANCEL have the Via of their INVITE, a repeated request that of the first. */
  @Override
  public void withdraw(SIPRequest request) {
    if (has(request)) {
      request.getTopmostVia().removeParameter(KEEP);
    }
  }

  @Override
  public Verdict verdict(SIPResponse response, Offered offered) {
    int status = response.getStatusCode();
    if (status >= 300) {
      return Verdict.failed(
          KeepAliveFailure.NOT_SUCCESSFUL,
          "the response is not a success, so there is nothing to keep alive (RFC 6223 section 4.3)");
    }
    if (!has(response)) {
      return status < 200
          ? Verdict.OPEN
          : Verdict.failed(
              KeepAliveFailure.ABSENT, "there is no keep parameter in Via (RFC 6223 section 4.3)");
    }
    String value = response.getTopmostVia().getParameter(KEEP);
    if (value == null || value.isEmpty()) {
      return status < 200
          ? Verdict.OPEN
          : Verdict.failed(
              KeepAliveFailure.REFUSED,
              "keep came back in Via without a value: the next hop does not accept keep-alives"
                  + " (RFC 6223 section 4.3)");
    }
    OptionalInt seconds = Seconds.parse(value);
    if (seconds.isEmpty()) {
      return Verdict.failed(
          KeepAliveFailure.MALFORMED,
          "the value of keep in Via is not a number (RFC 6223 section 9)");
    }
    return granted(response, offered, seconds.getAsInt());
  }

  private Verdict granted(SIPResponse response, Offered offered, int seconds) {
    if (seconds > 0 && seconds < floorSeconds) {
      return Verdict.failed(KeepAliveFailure.TOO_SHORT, Dialects.tooShort(seconds, floorSeconds));
    }
    int lifetime = offered.registers() ? offered.secondsGranted(response) : 0;
    if (offered.registers() && lifetime == 0) {
      return Verdict.NOTHING;
    }
    return Verdict.granted(Dialects.grant(name(), response, seconds, lifetime));
  }

  /** A dialog's end, or that of the request which would have begun it. */
  @Override
  public boolean ends(SIPMessage message, Grant grant) {
    if (grant.lifetimeSeconds() != 0 || !grant.basis().equals(Offered.callIdOf(message))) {
      return false;
    }
    if (message instanceof SIPRequest request) {
      return Request.BYE.equals(request.getMethod());
    }
    return message instanceof SIPResponse response
        && response.getStatusCode() >= 300
        && response.getCSeq().getSeqNumber() == grant.sequence();
  }

  @Override
  public Verdict judge(SIPRequest request) {
    return has(request) ? Verdict.ACCEPTED : Verdict.NOTHING;
  }

  /** The same in all of them, so that one is reliable in any case (RFC 6223 section 4.4). */
  @Override
  public boolean answersInProvisional() {
    return true;
  }

  @Override
  public void answer(SIPResponse response, int timeoutSeconds) {
    if (has(response)) {
      set(response.getTopmostVia(), Integer.toString(timeoutSeconds));
    }
  }

  private static boolean has(SIPMessage message) {
    Via via = message.getTopmostVia();
    return via != null && via.hasParameter(KEEP);
  }

  /** In a new object, as the RI encodes no value of a parameter that was parsed without one. */
  private static void set(Via via, @Nullable String value) {
    via.setParameter(new NameValue(KEEP, value == null ? "" : value, value == null));
  }
}
