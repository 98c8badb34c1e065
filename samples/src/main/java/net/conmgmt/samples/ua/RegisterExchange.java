package net.conmgmt.samples.ua;

import java.text.ParseException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.sip.InvalidArgumentException;
import javax.sip.header.MinExpiresHeader;
import javax.sip.header.RetryAfterHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;

/**
 * One REGISTER, and those that its refusals ask for: with credentials, or with a longer time (RFC
 * 3261 sections 10.2.8 and 22.2). Used on one executor thread.
 */
final class RegisterExchange {

  private static final int MAX_ATTEMPTS = 4;

  /** RFC 5626 section 11.6; JAIN-SIP has no name for it. */
  private static final int FIRST_HOP_LACKS_OUTBOUND = 439;

  private final Executor executor;
  private final Function<Request, CompletableFuture<Response>> sender;
  private final UaRequests requests;
  private final DigestClient digest;
  private int expiresSeconds;

  RegisterExchange(
      Executor executor,
      Function<Request, CompletableFuture<Response>> sender,
      UaRequests requests,
      DigestClient digest,
      int expiresSeconds) {
    this.executor = executor;
    this.sender = sender;
    this.requests = requests;
    this.digest = digest;
    this.expiresSeconds = expiresSeconds;
  }

  /** For how long the next registration is asked for; a registrar may have raised it. */
  int expiresSeconds() {
    return expiresSeconds;
  }

  /** Binds the contact; completes with a 2xx, or with what stands in the way. */
  CompletableFuture<Response> bind() {
    return attempt(expiresSeconds, 1);
  }

  /** Removes the contact; completes with a 2xx, or with what stands in the way. */
  CompletableFuture<Response> remove() {
    return attempt(0, 1);
  }

  private CompletableFuture<Response> attempt(int expires, int number) {
    Request request;
    boolean answered;
    try {
      request = requests.register(expires);
      answered = digest.authorize(request);
    } catch (ParseException | InvalidArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
    return sender
        .apply(request)
        .thenComposeAsync(response -> judge(response, expires, number, answered), executor);
  }

  private CompletableFuture<Response> judge(
      Response response, int expires, int number, boolean answered) {
    int status = response.getStatusCode();
    if (status / 100 == 2) {
      return CompletableFuture.completedFuture(response);
    }
    String why = status + " " + response.getReasonPhrase();
    if (status == Response.UNAUTHORIZED && number < MAX_ATTEMPTS) {
      String refusal = digest.challenged(response, answered);
      return refusal == null ? attempt(expires, number + 1) : failure(why + ": " + refusal);
    }
    if (status == Response.INTERVAL_TOO_BRIEF
        && number < MAX_ATTEMPTS
        && response.getHeader(MinExpiresHeader.NAME) instanceof MinExpiresHeader least
        && least.getExpires() > expires) {
      expiresSeconds = least.getExpires();
      return attempt(expiresSeconds, number + 1);
    }
    if (status == FIRST_HOP_LACKS_OUTBOUND && number < MAX_ATTEMPTS) {
      // The stack leaves outbound out from now on (RFC 5626 section 4.2.1).
      return attempt(expires, number + 1);
    }
    int retryAfter =
        response.getHeader(RetryAfterHeader.NAME) instanceof RetryAfterHeader header
            ? header.getRetryAfter()
            : 0;
    return CompletableFuture.failedFuture(new RefusedException(why, retryAfter));
  }

  /** A final refusal, with the time that the server asks for before the next attempt. */
  static final class RefusedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final int retryAfterSeconds;

    RefusedException(String why, int retryAfterSeconds) {
      super(why);
      this.retryAfterSeconds = retryAfterSeconds;
    }

    Duration retryAfter() {
      return Duration.ofSeconds(retryAfterSeconds);
    }
  }

  /** An exchange that comes to nothing. */
  static CompletableFuture<Response> failure(String why) {
    return CompletableFuture.failedFuture(new IllegalStateException(why));
  }
}
