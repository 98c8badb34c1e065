package net.conmgmt.sip.internal.keepalive;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** A test of the handlers in virtual time, after which nothing may be left of any connection. */
abstract class HandlerTest {

  private final List<FakeStack> stacks = new ArrayList<>();
  private final long clockStart;

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
  }
}
