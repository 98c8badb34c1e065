package net.conmgmt.sip.internal.keepalive;

import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.keepalive.AuthenticationRule;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Calls the authentication rule, which somebody else may have written: what it throws is logged and
 * authenticates nobody, checked exceptions of other languages included. Holds nothing, as each
 * connection would have to hold it.
 */
final class RuleGuard {

  private static final Logger LOG = LogManager.getLogger(RuleGuard.class);

  private RuleGuard() {}

  static AuthenticationRule.Watch watch(AuthenticationRule rule, ManagedConnection connection) {
    AuthenticationRule.Watch watch = null;
    try {
      watch = rule.watch(connection);
    } catch (Exception | LinkageError e) {
      failed(rule, e);
    }
    return watch == null ? request -> null : watch;
  }

  static @Nullable Endpoint endpointToAuthenticate(
      AuthenticationRule.Watch watch, Request request) {
    try {
      return watch.endpointToAuthenticate(request);
    } catch (Exception | LinkageError e) {
      failed(watch, e);
      return null;
    }
  }

  static void rememberChallenge(AuthenticationRule.Watch watch, Response response) {
    try {
      watch.rememberChallenge(response);
    } catch (Exception | LinkageError e) {
      failed(watch, e);
    }
  }

  private static void failed(Object ruleOrWatch, Throwable failure) {
    LOG.error(
        "The authentication rule failed in {} and authenticates nobody",
        ruleOrWatch.getClass().getName(),
        failure);
  }
}
