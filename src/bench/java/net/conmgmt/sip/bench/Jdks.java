package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The JDKs that servers run on. */
final class Jdks {

  /** That of this JVM. */
  static final Path OWN = Path.of(System.getProperty("java.home"));

  /** Why a row with JDK 25 is left out. */
  static final String NO_25 = "no JDK 25 in /usr/lib/jvm and none in JDK_25_HOME";

  private static final Path USUAL = Path.of("/usr/lib/jvm");

  private Jdks() {}

  /** JDK 25, which has virtual threads: where JDK_25_HOME says, or where Linux has them. */
  static Optional<Path> jdk25() throws IOException {
    String home = System.getenv("JDK_25_HOME");
    if (home != null) {
      return Optional.of(Path.of(home));
    }
    if (!Files.isDirectory(USUAL)) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.list(USUAL)) {
      return all.filter(jdk -> jdk.getFileName().toString().contains("25"))
          .filter(jdk -> Files.isExecutable(jdk.resolve("bin/java")))
          .sorted()
          .findFirst();
    }
  }
}
