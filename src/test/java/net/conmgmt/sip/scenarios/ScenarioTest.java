package net.conmgmt.sip.scenarios;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

/** Scenarios over one setup: one instance, with its stage, for all scenarios of the class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(DifferingOutcomes.class)
@Timeout(60)
@SuppressWarnings("NullAway.Init") // JUnit injects the setup, and build() comes before any scenario
abstract class ScenarioTest {

  /** The stages stop side by side, while the next setup plays already. */
  private static final ExecutorService STAGE_HANDS = Executors.newCachedThreadPool();

  private static final List<Future<?>> STOPPING = new ArrayList<>();

  @Parameter Setup setup;
  Stage stage;

  @BeforeParameterizedClassInvocation
  void build() throws Exception {
    stage = new Stage(setup);
  }

  @AfterEach
  void endScenario() throws Exception {
    stage.endScenario();
  }

  @AfterParameterizedClassInvocation
  void strike() {
    Stage struck = stage;
    STOPPING.add(
        STAGE_HANDS.submit(
            () -> {
              struck.strike();
              return null;
            }));
  }

  @AfterAll
  static void awaitStopped() throws Exception {
    for (Future<?> stopping : STOPPING) {
      stopping.get();
    }
    STOPPING.clear();
  }
}
