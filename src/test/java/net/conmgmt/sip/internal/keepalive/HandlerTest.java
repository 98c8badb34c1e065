package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.conmgmt.sip.testing.CapturedLog;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;

/**
 * A test of the handlers in virtual time, after which nothing may be left of any connection. No
 * handler may have logged an error, as that is where a fault of its own ends.
 */
abstract class HandlerTest {

  private final List<FakeStack> stacks = new ArrayList<>();
  private final long clockStart;
  private final CapturedLog handlers = new CapturedLog(BaseHandler.class, Level.INFO);

  final FakeStack stack;

  HandlerTest(long clockStart) {
    this.clockStart = clockStart;
    stack = stackWith();
  }

  /** One more stack, with properties given as NAME, value, NAME, value and so on. */
  final FakeStack stackWith(String... properties) {
    FakeStack made = new FakeStack(clockStart, new Random(1), properties);
    stacks.add(made);
    return made;
  }

  /** The same, where the client speaks those dialects. */
  final FakeStack speaking(String dialects, String... more) {
    List<String> properties = new ArrayList<>(List.of("KEEP_ALIVE_DIALECTS", dialects));
    properties.addAll(List.of(more));
    return stackWith(properties.toArray(new String[0]));
  }

  @AfterEach
  void nothingIsLeft() {
    stacks.forEach(FakeStack::closeAndExpectNothingLeft);
    handlers.close();
    assertThat(handlers.lines()).noneMatch(line -> line.startsWith("ERROR"));
  }
}
