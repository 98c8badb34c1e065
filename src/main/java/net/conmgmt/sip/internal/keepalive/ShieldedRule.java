package net.conmgmt.sip.internal.keepalive;

import java.util.function.Supplier;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.keepalive.AuthenticationRule;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** A rule that somebody else wrote: what it throws is logged and authenticates nobody. */
record ShieldedRule(AuthenticationRule rule) implements AuthenticationRule {

  private static final Logger LOG = LogManager.getLogger(ShieldedRule.class);

  @Override
  public Watch watch(ManagedConnection connection) {
    Watch watch = shielded(() -> rule.watch(connection));
    return watch == null ? request -> null : new ShieldedWatch(watch);
  }

  private <T> @Nullable T shielded(Supplier<@Nullable T> call) {
    try {
      return call.get();
    } catch (RuntimeException | LinkageError e) {
      LOG.error("The authentication rule {} failed and authenticates nobody", rule, e);
      return null;
    }
  }

  private final class ShieldedWatch implements Watch {

    private final Watch watch;

    ShieldedWatch(Watch watch) {
      this.watch = watch;
    }

    @Override
    public @Nullable Endpoint endpointToAuthenticate(Request request) {
      return shielded(() -> watch.endpointToAuthenticate(request));
    }

    @Override
    public void rememberChallenge(Response response) {
      shielded(
          () -> {
            watch.rememberChallenge(response);
            return null;
          });
    }
  }
}
