package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.Objects;
import javax.sip.message.Request;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.internal.connection.Rhythm;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;

/**
 * The Ms-Keep-Alive header field ([MS-CONMGMT] 3.4). A success stands until a later one replaces
 * it, whatever becomes of later offers. A received field counts for one hop; the handlers see to it
 * that it goes no further, also where this dialect is off.
 */
final class MsDialect implements Dialect {

  private final int floorSeconds;

  /**
   * @param floorSeconds a shorter T is not believed
   */
  MsDialect(int floorSeconds) {
    this.floorSeconds = floorSeconds;
  }

  @Override
  public KeepAliveDialect name() {
    return KeepAliveDialect.MS;
  }

  @Override
  public boolean offersOn(SIPRequest request, boolean granted) {
    return !granted || Request.REGISTER.equals(request.getMethod());
  }

  @Override
  public void offer(SIPRequest request) {
    MsKeepAliveHeaders.set(request, MsKeepAliveHeaderFactory.offer());
  }

  @Override
  public Verdict verdict(SIPResponse response, Offered offered) {
    Negotiation.Decision decision =
        Negotiation.decide(response.getStatusCode(), MsKeepAliveHeaders.in(response));
    if (!decision.succeeded()) {
      return verdict(decision.outcome());
    }
    int seconds = decision.timeoutSeconds();
    return seconds < floorSeconds
        ? Verdict.failed(KeepAliveFailure.TOO_SHORT, Dialects.tooShort(seconds, floorSeconds))
        : Verdict.granted(Grant.ofConnection(name(), seconds, Rhythm.afterSilence(seconds)));
  }

  @Override
  public Verdict judge(SIPRequest request) {
    Negotiation.Outcome outcome = Negotiation.judgeOffer(MsKeepAliveHeaders.in(request));
    return outcome == Negotiation.Outcome.ABSENT ? Verdict.NOTHING : verdict(outcome);
  }

  private static Verdict verdict(Negotiation.Outcome outcome) {
    KeepAliveFailure failure = outcome.failure();
    return switch (outcome) {
      case SUCCEEDED -> Verdict.ACCEPTED;
      case OPEN -> Verdict.OPEN;
      default ->
          Verdict.failed(Objects.requireNonNull(failure, "a failure has a reason"), outcome.text());
    };
  }

  @Override
  public void answer(SIPResponse response, int timeoutSeconds) {
    MsKeepAliveHeaders.set(response, MsKeepAliveHeaderFactory.answer(timeoutSeconds));
  }
}
