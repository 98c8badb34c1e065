package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Leaves out the scenarios that {@code differing-outcomes.txt} lists for a setup; the reason is
 * what is seen there instead. With the system property {@code scenarios.verify} they run, and each
 * that holds after all fails the build, so that the list can be checked.
 */
final class DifferingOutcomes implements InvocationInterceptor {

  private static final String LIST = "differing-outcomes.txt";

  /** A line of the list: setups, scenarios (a star stands for any text), what is seen there. */
  record Difference(String setups, String scenarios, String seen) {

    static Difference parse(String line) {
      String[] parts = line.split("\\|", 3);
      assertThat(parts)
          .as("a line of %s: setups | scenarios | seen; found %s", LIST, line)
          .hasSize(3);
      return new Difference(parts[0].trim(), parts[1].trim(), parts[2].trim());
    }

    boolean concerns(Setup setup, String name) {
      return matches(setup.toString(), setups) && matches(name, scenarios);
    }

    private static boolean matches(String text, String pattern) {
      return text.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
    }
  }

  /** All lines of the list. */
  static List<Difference> all() {
    try (InputStream in = DifferingOutcomes.class.getResourceAsStream(LIST)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Difference::parse)
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + LIST, e);
    }
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> invocationContext,
      ExtensionContext extensionContext)
      throws Throwable {
    Setup setup = ((ScenarioTest) extensionContext.getRequiredTestInstance()).setup;
    String name =
        extensionContext.getRequiredTestClass().getSimpleName()
            + "."
            + invocationContext.getExecutable().getName();
    Optional<Difference> listed =
        all().stream().filter(difference -> difference.concerns(setup, name)).findFirst();
    if (listed.isEmpty()) {
      proceedWhereOursCounts(invocation, setup);
    } else if (System.getProperty("scenarios.verify") == null) {
      invocation.skip();
      throw new TestAbortedException("Over " + setup + ": " + listed.get().seen());
    } else {
      proceedAndExpectTheDifference(invocation, setup, listed.get());
    }
  }

  /**
   * The RI's transports lose messages of any stack when another one is stopped or collected, as all
   * share their workers: what fails over them says nothing about ours, and is shown as skipped.
   */
  private static void proceedWhereOursCounts(Invocation<Void> invocation, Setup setup)
      throws Throwable {
    try {
      invocation.proceed();
    } catch (Throwable seen) {
      if (setup.managed()) {
        throw seen;
      }
      throw new TestAbortedException("Over " + setup + " this time: " + seen, seen);
    }
  }

  private static void proceedAndExpectTheDifference(
      Invocation<Void> invocation, Setup setup, Difference listed) throws Throwable {
    try {
      invocation.proceed();
    } catch (Throwable seen) {
      throw new TestAbortedException("Over " + setup + ": " + listed.seen(), seen);
    }
    throw new AssertionError(
        "Listed in " + LIST + " as differing over " + setup + ", but it holds: " + listed);
  }
}
