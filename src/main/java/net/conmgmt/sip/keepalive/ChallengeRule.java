package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.header.AuthenticationHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.ListIterator;
import java.util.Queue;
import javax.sip.message.Message;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.EndpointIdentity;
import org.jspecify.annotations.Nullable;

/**
 * The default {@link AuthenticationRule}: an endpoint authenticates by a REGISTER whose credentials
 * answer a challenge (401 or 407, same nonce) that was sent on the same connection before. Who
 * makes up an Authorization header field that nobody asked for authenticates nobody. Thread-safe.
 */
public final class ChallengeRule implements AuthenticationRule {

  /** How many challenges to one peer are known. */
  private static final int MAX_NONCES = 16;

  /** For the library, which creates it by name. */
  public ChallengeRule() {}

  @Override
  public Watch watch(ManagedConnection connection) {
    return new Challenges();
  }

  private static final class Challenges implements Watch {

    // None where nobody is challenged. What it holds is guarded by this.
    private volatile @Nullable Queue<String> nonces;

    @Override
    public @Nullable Endpoint endpointToAuthenticate(Request request) {
      return nonces != null
              && Request.REGISTER.equals(request.getMethod())
              && answersChallenge(request)
          ? EndpointIdentity.of(request)
          : null;
    }

    private synchronized boolean answersChallenge(Request request) {
      Queue<String> sent = nonces;
      return sent != null
          && nonces(request, "Authorization", "Proxy-Authorization").stream()
              .anyMatch(sent::contains);
    }

    /** Before it leaves: the peer may answer before we hear that it left. */
    @Override
    public void rememberChallenge(Response response) {
      int status = response.getStatusCode();
      if (status == Response.UNAUTHORIZED || status == Response.PROXY_AUTHENTICATION_REQUIRED) {
        remember(nonces(response, "WWW-Authenticate", "Proxy-Authenticate"));
      }
    }

    private synchronized void remember(List<String> challenges) {
      Queue<String> sent = nonces == null ? new ArrayDeque<>(MAX_NONCES) : nonces;
      for (String nonce : challenges) {
        if (!sent.contains(nonce)) {
          if (sent.size() == MAX_NONCES) {
            sent.remove();
          }
          sent.add(nonce);
        }
      }
      nonces = sent;
    }

    private static List<String> nonces(Message message, String... headerNames) {
      List<String> found = new ArrayList<>(1);
      for (String name : headerNames) {
        ListIterator<?> headers = message.getHeaders(name);
        while (headers.hasNext()) {
          if (headers.next() instanceof AuthenticationHeader header
              && header.getNonce() != null
              && !header.getNonce().isEmpty()) {
            found.add(header.getNonce());
          }
        }
      }
      return found;
    }
  }
}
