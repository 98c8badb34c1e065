package net.conmgmt.sip.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Keeps requirements.txt and the tests' {@link Requirement} annotations together. What no test
 * claims yet is written to target/unclaimed-requirements.txt.
 */
class RequirementsTest {

  private static final Logger LOG = LogManager.getLogger(RequirementsTest.class);

  @Test
  void everyClaimedRequirementExistsAndTheUnclaimedOnesAreReported() throws Exception {
    Path testClasses = testClasses();
    Set<String> known = new TreeSet<>(Files.readAllLines(testClasses.resolve("requirements.txt")));
    Map<String, Set<String>> claims = claimsIn(testClasses);

    Map<String, Set<String>> unknown = new TreeMap<>(claims);
    unknown.keySet().removeAll(known);
    assertThat(unknown).as("claimed ids that requirements.txt does not have").isEmpty();

    Set<String> unclaimed = new TreeSet<>(known);
    unclaimed.removeAll(claims.keySet());
    Path report = testClasses.resolveSibling("unclaimed-requirements.txt");
    Files.write(report, unclaimed);
    LOG.info(
        "{} of {} requirements are not claimed yet: {}", unclaimed.size(), known.size(), report);
  }

  @Test
  void theScanSeesClaimsOnClassesAndMethods() throws Exception {
    assertThat(claimsIn(testClasses())).isNotEmpty();
    Map<String, Set<String>> claims = new TreeMap<>();
    collect(Sample.class, claims);

    assertThat(claims)
        .containsOnlyKeys("SAMPLE-1", "SAMPLE-2", "SAMPLE-3")
        .containsEntry("SAMPLE-3", Set.of("Sample.run"));
  }

  private static Path testClasses() throws URISyntaxException {
    return Path.of(
        RequirementsTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Requirement id to the tests that claim it. */
  private static Map<String, Set<String>> claimsIn(Path root)
      throws IOException, ClassNotFoundException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(file -> file.toString().endsWith(".class")).toList();
    }
    Map<String, Set<String>> claims = new TreeMap<>();
    for (Path file : files) {
      String path = root.relativize(file).toString();
      String name = path.substring(0, path.length() - ".class".length());
      if (name.endsWith("-info") || name.contains("RequirementsTest$")) {
        continue;
      }
      Class<?> type =
          Class.forName(
              name.replace(file.getFileSystem().getSeparator(), "."),
              false,
              RequirementsTest.class.getClassLoader());
      collect(type, claims);
    }
    return claims;
  }

  private static void collect(Class<?> type, Map<String, Set<String>> claims) {
    note(type.getAnnotation(Requirement.class), type.getSimpleName(), claims);
    for (Method method : type.getDeclaredMethods()) {
      note(
          method.getAnnotation(Requirement.class),
          type.getSimpleName() + "." + method.getName(),
          claims);
    }
  }

  private static void note(
      @Nullable Requirement claim, String test, Map<String, Set<String>> claims) {
    if (claim != null) {
      for (String id : claim.value()) {
        claims.computeIfAbsent(id, key -> new TreeSet<>()).add(test);
      }
    }
  }

  @Requirement({"SAMPLE-1", "SAMPLE-2"})
  private static final class Sample implements Runnable {
    @Requirement("SAMPLE-3")
    @Override
    public void run() {}
  }
}
