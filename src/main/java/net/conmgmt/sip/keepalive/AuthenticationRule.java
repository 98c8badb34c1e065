package net.conmgmt.sip.keepalive;

import java.util.function.Predicate;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * Decides who has authenticated on the connections that a stack accepted; an older connection of
 * the same endpoint is then closed ([MS-CONMGMT] 3.5.5). The stack property {@code
 * AUTHENTICATION_RULE} names the class, which has a public constructor without parameters; one
 * object serves the whole stack. The default is {@link ChallengeRule}.
 *
 * <p>Calls come from several threads, must not block, and see each message exactly as the stack
 * does. A rule that throws is logged and authenticates nobody with that message.
 */
@FunctionalInterface
public interface AuthenticationRule {

  /**
   * Called once, before any connection is watched, where several proxies share an {@code
   * ENDPOINT_DIRECTORY}.
   *
   * @param issuedByOneOfUs holds for the nonces that any of these proxies has issued with {@link
   *     net.conmgmt.sip.directory.Nonces}, so that a client may answer here what another proxy has
   *     challenged it with
   */
  default void alsoKnows(Predicate<String> issuedByOneOfUs) {}

  /** A connection is about to be established; the result lives as long as the connection. */
  Watch watch(ManagedConnection connection);

  /** What a rule knows of one connection. */
  @FunctionalInterface
  interface Watch {

    /**
     * Asked of each request that arrives.
     *
     * @return the endpoint that will have authenticated when this request is answered with a
     *     success (2xx), or null when a success to it says nothing about who sent it
     */
    @Nullable Endpoint endpointToAuthenticate(Request request);

    /** Called with each response before it is sent, to remember the challenge that it carries. */
    default void rememberChallenge(Response response) {}
  }
}
