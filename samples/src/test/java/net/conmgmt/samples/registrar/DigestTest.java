package net.conmgmt.samples.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sip.header.AuthorizationHeader;
import javax.sip.header.WWWAuthenticateHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.registrar.DigestAuth.Verdict;
import net.conmgmt.samples.sip.Digest;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.samples.testing.Requests;
import net.conmgmt.samples.ua.DigestClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digest arithmetic against the printed examples of RFC 7616 and RFC 2617, and the two sides. */
class DigestTest {

  private static final String NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  private static final String CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

  private final AtomicLong clock = new AtomicLong();
  private Sip sip;
  private DigestAuth server;

  @BeforeEach
  void makeServer() throws Exception {
    sip = new Sip();
    server =
        new DigestAuth(
            "contoso.test",
            Map.of("alice", "wonder:land"),
            new Nonces(clock::get, new SecureRandom()));
  }

  private static String example(Digest.Algorithm algorithm) {
    String a1 = Digest.a1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
    return Digest.response(
        algorithm, a1, "GET", "/dir/index.html", NONCE, "00000001", CNONCE, "auth");
  }

  @Test
  void theSha256ExampleOfRfc7616ComesOut() {
    assertThat(example(Digest.Algorithm.SHA_256))
        .isEqualTo("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  }

  @Test
  void theMd5ExampleOfRfc7616ComesOut() {
    assertThat(example(Digest.Algorithm.MD5)).isEqualTo("8ca523f5e9506fed4657c9700eebdbec");
  }

  @Test
  void bothAlgorithmsAreOfferedTheBetterFirstWithNoncesThatDiffer() throws Exception {
    List<WWWAuthenticateHeader> challenges = server.challenges(sip.headers, false);
    assertThat(challenges)
        .extracting(WWWAuthenticateHeader::getAlgorithm)
        .containsExactly("SHA-256", "MD5");
    assertThat(challenges).extracting(WWWAuthenticateHeader::getNonce).doesNotHaveDuplicates();
  }

  @Test
  void theClientAnswersWithSha256AndIsAccepted() throws Exception {
    DigestClient client = new DigestClient(sip.headers, "alice", "wonder:land");
    assertThat(client.challenged(challenge(false), false)).isNull();
    Request request = authorized(client);
    assertThat(credentials(request).getAlgorithm()).isEqualTo("SHA-256");
    assertThat(verify(request)).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void theSameCredentialsTwiceAreStale() throws Exception {
    DigestClient client = challengedClient("wonder:land");
    Request request = authorized(client);
    assertThat(verify(request)).isEqualTo(Verdict.ACCEPTED);
    assertThat(verify(request)).isEqualTo(Verdict.STALE);
    assertThat(verify(authorized(client))).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void anOldNonceIsStaleAndTheClientGoesOnWithTheNewOne() throws Exception {
    DigestClient client = challengedClient("wonder:land");
    clock.addAndGet(Nonces.LIFETIME_NANOS + 1);
    assertThat(verify(authorized(client))).isEqualTo(Verdict.STALE);
    assertThat(client.challenged(challenge(true), true)).isNull();
    assertThat(verify(authorized(client))).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void aWrongPasswordIsRefusedAndTheClientDoesNotTryForEver() throws Exception {
    DigestClient client = challengedClient("wrong");
    assertThat(verify(authorized(client))).isEqualTo(Verdict.REFUSED);
    assertThat(client.challenged(challenge(false), true)).contains("refused", "alice");
  }

  @Test
  void anInventedNonceIsStaleEvenWithTheRightPassword() throws Exception {
    AuthorizationHeader header = credentials(authorized(challengedClient("wonder:land")));
    Nonces others = new Nonces(clock::get, new SecureRandom());
    DigestAuth other = new DigestAuth("contoso.test", Map.of("alice", "wonder:land"), others);
    assertThat(other.verify(Request.REGISTER, () -> header)).isEqualTo(Verdict.STALE);
  }

  @Test
  void credentialsForAnotherMethodAreRefused() throws Exception {
    AuthorizationHeader header = credentials(authorized(challengedClient("wonder:land")));
    assertThat(server.verify(Request.INVITE, () -> header)).isEqualTo(Verdict.REFUSED);
  }

  @Test
  void whoGaveNoPasswordIsToldSo() throws Exception {
    assertThat(challengedClient("").challenged(challenge(false), true))
        .isEqualTo("the server refused user alice without a password; give it with --password");
  }

  @Test
  void aUserFileThatIsNotThereIsNamedWithItsOption(@TempDir Path folder) {
    assertThatThrownBy(() -> DigestAuth.readUsers(folder.resolve("users")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--users "
                + folder.resolve("users")
                + ": expected a file that can be read, found none");
  }

  @Test
  void anUnknownUserIsRefusedLikeAWrongPassword() throws Exception {
    DigestClient client = new DigestClient(sip.headers, "mallory", "");
    client.challenged(challenge(false), false);
    assertThat(verify(authorized(client))).isEqualTo(Verdict.REFUSED);
  }

  @Test
  void theOldestNonceGoesWhenThereAreTooMany() {
    Nonces nonces = new Nonces(clock::get, new SecureRandom());
    String first = nonces.issue();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
    String last = first;
    for (int i = 0; i < 50_000; i++) {
      last = nonces.issue();
    }
    assertThat(nonces.use(first, 1)).isFalse();
    assertThat(nonces.use(last, 1)).isTrue();
  }

  @Test
  void aFloodOfChallengesMakesNoUsedNonceOfAllProxiesNew() {
    Nonces nonces = new Nonces(clock::get, new SecureRandom(), new SharedByAll());
    String used = nonces.issue();
    assertThat(nonces.use(used, 1)).isTrue();
    for (int i = 0; i < 50_000; i++) {
      nonces.issue();
    }
    assertThat(nonces.use(used, 1)).isFalse();
    assertThat(nonces.use(used, 2)).isTrue();
  }

  /** Knows them by their form, as the real ones are known by their code. */
  private static final class SharedByAll implements net.conmgmt.sip.directory.Nonces {
    private int issued;

    @Override
    public String issue() {
      return "shared" + issued++;
    }

    @Override
    public Optional<Duration> ageOf(String nonce) {
      return nonce.startsWith("shared") ? Optional.of(Duration.ZERO) : Optional.empty();
    }
  }

  private DigestClient challengedClient(String password) throws Exception {
    DigestClient client = new DigestClient(sip.headers, "alice", password);
    client.challenged(challenge(false), false);
    return client;
  }

  private Response challenge(boolean stale) throws Exception {
    Response response = sip.response(Response.UNAUTHORIZED, Requests.register("alice"), null);
    for (WWWAuthenticateHeader header : server.challenges(sip.headers, stale)) {
      response.addHeader(header);
    }
    return response;
  }

  private static Request authorized(DigestClient client) throws Exception {
    Request request = Requests.register("alice");
    assertThat(client.authorize(request)).isTrue();
    return request;
  }

  private static AuthorizationHeader credentials(Request request) {
    return (AuthorizationHeader) request.getHeader(AuthorizationHeader.NAME);
  }

  private Verdict verify(Request request) {
    return server.verify(request.getMethod(), () -> credentials(request));
  }
}
