package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.header.AuthenticationHeader;
import java.util.ListIterator;
import java.util.function.Predicate;
import javax.sip.header.AuthenticationInfoHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.EndpointIdentity;
import net.conmgmt.sip.internal.connection.RecentNonces;
import org.jspecify.annotations.Nullable;

/**
 * The default {@link AuthenticationRule}: an endpoint authenticates by a REGISTER whose credentials
 * answer a challenge (401 or 407, same nonce, or {@code nextnonce}) that this stack sent, on this
 * connection or on another: a client that comes back may answer with the nonce that it knows. An
 * unsolicited Authorization header field does not authenticate its sender, and neither does a
 * request that names neither a device nor a Contact. Thread-safe.
 */
public final class ChallengeRule implements AuthenticationRule {

  /** How many challenges to one peer are known, whatever others are challenged with. */
  private static final int MAX_NONCES = 16;

  /** How many challenges of the stack are known. */
  private static final int MAX_NONCES_OF_STACK = 16_384;

  private final RecentNonces ofStack = new RecentNonces(MAX_NONCES_OF_STACK);
  private volatile @Nullable Predicate<String> ofOthers;

  /** For the library, which creates it by name. */
  public ChallengeRule() {}

  @Override
  public void alsoKnows(Predicate<String> issuedByOneOfUs) {
    ofOthers = issuedByOneOfUs;
  }

  @Override
  public Watch watch(ManagedConnection connection) {
    return new Challenges();
  }

  private final class Challenges implements Watch {

    // None where nobody is challenged.
    private volatile @Nullable RecentNonces ofPeer;

    @Override
    public @Nullable Endpoint endpointToAuthenticate(Request request) {
      if ((ofStack.isEmpty() && ofOthers == null)
          || !Request.REGISTER.equals(request.getMethod())
          || !(answersIn(request, "Authorization") || answersIn(request, "Proxy-Authorization"))) {
        return null;
      }
      Endpoint endpoint = EndpointIdentity.of(request);
      return endpoint == null || endpoint.instance().isEmpty() ? null : endpoint;
    }

    private boolean answersIn(Request request, String headerName) {
      ListIterator<?> headers = request.getHeaders(headerName);
      while (headers.hasNext()) {
        if (headers.next() instanceof AuthenticationHeader header
            && header.getNonce() != null
            && isKnown(header.getNonce())) {
          return true;
        }
      }
      return false;
    }

    private boolean isKnown(String nonce) {
      RecentNonces own = ofPeer;
      if (own != null && own.knows(nonce)) {
        return true;
      }
      Predicate<String> others = ofOthers;
      if (ofStack.knows(nonce) || (others != null && others.test(nonce))) {
        remember(nonce);
        return true;
      }
      return false;
    }

    /** Before it leaves: the peer may answer before we hear that it left. */
    @Override
    public void rememberChallenge(Response response) {
      int status = response.getStatusCode();
      if (status == Response.UNAUTHORIZED || status == Response.PROXY_AUTHENTICATION_REQUIRED) {
        rememberIn(response, "WWW-Authenticate");
        rememberIn(response, "Proxy-Authenticate");
      } else if (status == Response.OK
          && response.getHeader(AuthenticationInfoHeader.NAME)
              instanceof AuthenticationInfoHeader info
          && info.getNextNonce() != null) {
        remember(info.getNextNonce());
      }
    }

    private void rememberIn(Response response, String headerName) {
      ListIterator<?> headers = response.getHeaders(headerName);
      while (headers.hasNext()) {
        if (headers.next() instanceof AuthenticationHeader header && header.getNonce() != null) {
          remember(header.getNonce());
        }
      }
    }

    private void remember(String nonce) {
      ofStack.add(nonce);
      ownNonces().add(nonce);
    }

    private synchronized RecentNonces ownNonces() {
      RecentNonces own = ofPeer == null ? new RecentNonces(MAX_NONCES) : ofPeer;
      ofPeer = own;
      return own;
    }
  }
}
