package net.conmgmt.interop;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Looks whether the machine has what {@link RealPeers} names. */
final class RealPeersCondition implements ExecutionCondition {

  private final boolean inCi;

  /** For JUnit, which creates it. */
  RealPeersCondition() {
    this("true".equals(System.getenv("CI")));
  }

  RealPeersCondition(boolean inCi) {
    this.inCi = inCi;
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<RealPeers> needs =
        context.getElement().flatMap(e -> AnnotationSupport.findAnnotation(e, RealPeers.class));
    ConditionEvaluationResult result =
        needs
            .map(this::evaluate)
            .orElseGet(() -> ConditionEvaluationResult.enabled("needs nothing"));
    if (result.isDisabled()) {
      tell("Skipped " + context.getDisplayName() + ": " + result.getReason().orElseThrow());
    }
    return result;
  }

  /**
   * Says it on the console: Surefire tells a reason in its reports only, and keeps what is printed
   * in the usual way out of sight.
   */
  private static void tell(String text) {
    PrintStream console =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    console.println(text);
  }

  /**
   * Whether what is needed is there.
   *
   * @throws IllegalStateException when it is not, in CI
   */
  ConditionEvaluationResult evaluate(RealPeers needs) {
    String missing = String.join("; ", missing(needs));
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("everything is there");
    }
    if (inCi) {
      throw new IllegalStateException("In CI nothing may be missing: " + missing);
    }
    return ConditionEvaluationResult.disabled(missing);
  }

  private static List<String> missing(RealPeers needs) {
    List<String> missing = new ArrayList<>();
    for (String debianPackage : needs.packages()) {
      if (!isInstalled(debianPackage)) {
        missing.add(
            "the Debian package " + debianPackage + " is not installed, see .ci/install-interop");
      }
    }
    if (needs.namespaces()) {
      try {
        NetworkNamespace.create().close();
      } catch (IOException e) {
        missing.add("network namespaces cannot be made, which takes root: " + e.getMessage());
      }
    }
    return missing;
  }

  private static boolean isInstalled(String debianPackage) {
    try {
      return ExternalProcess.run(
              List.of("dpkg-query", "-W", "-f=${db:Status-Status}", debianPackage))
          .equals("installed");
    } catch (IOException e) {
      return false;
    }
  }
}
