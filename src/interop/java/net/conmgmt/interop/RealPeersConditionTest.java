package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** What becomes of a test that needs what the machine does not have. */
class RealPeersConditionTest {

  @RealPeers(packages = {"dpkg", "no-such-package"})
  private static final class Needy {}

  @RealPeers(packages = "dpkg")
  private static final class Content {}

  private static RealPeers needsOf(Class<?> test) {
    return Objects.requireNonNull(test.getAnnotation(RealPeers.class));
  }

  @Test
  void elsewhereItIsSkippedWithTheReason() {
    ConditionEvaluationResult result = new RealPeersCondition(false).evaluate(needsOf(Needy.class));

    assertThat(result.isDisabled()).isTrue();
    assertThat(result.getReason().orElseThrow())
        .contains("no-such-package is not installed, see .ci/install-interop");
  }

  @Test
  void inCiItFails() {
    assertThatThrownBy(() -> new RealPeersCondition(true).evaluate(needsOf(Needy.class)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no-such-package");
  }

  @Test
  @RealPeers(packages = "dpkg")
  void whereEverythingIsThereItRuns() {
    assertThat(new RealPeersCondition(true).evaluate(needsOf(Content.class)).isDisabled())
        .isFalse();
  }
}
