package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.keepalive.AuthenticationRule.Watch;
import net.conmgmt.sip.keepalive.ChallengeRule;
import net.conmgmt.sip.testing.Requirement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** For how long a challenge is remembered, and by which connections. */
class ChallengeRuleTest {

  /** More than are remembered for the whole stack. */
  private static final int FLOOD = 20_000;

  private final FakeStack stack = new FakeStack();
  private final ChallengeRule rule = new ChallengeRule();

  private Watch connection() {
    return rule.watch(stack.proxy());
  }

  private static void challenge(Watch connection, String nonce) {
    connection.rememberChallenge(
        Sip.response(401, Sip.register(1), Registrations.challenge(nonce)));
  }

  private static @Nullable Endpoint answered(Watch connection, String nonce) {
    return connection.endpointToAuthenticate(Sip.register(2, Registrations.credentials(nonce)));
  }

  @Test
  @Requirement("OBP-5")
  void challengesOfOthersDoNotMakeAConnectionForgetItsOwnOrTheOneThatItAnswered() {
    Watch challenged = connection();
    Watch cameBack = connection();
    Watch stranger = connection();
    challenge(challenged, "n1");
    assertThat(answered(cameBack, "n1")).isEqualTo(FakeStack.DESK);
    for (int i = 0; i < FLOOD; i++) {
      challenge(stranger, "other" + i);
    }
    assertThat(answered(challenged, "n1")).isEqualTo(FakeStack.DESK);
    assertThat(answered(cameBack, "n1")).isEqualTo(FakeStack.DESK);
    assertThat(answered(connection(), "n1")).as("a connection that never answered it").isNull();
  }
}
