package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackImpl;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conmgmt.sip.ConnectionManagement;
import org.apache.logging.log4j.LogManager;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Lookup;

/**
 * The RI's stack mentions types of log4j 1.x in its methods, so what reflects on it needs them on
 * the class path: the one dependency that README tells users of Spring to add.
 */
class ReflectedStackTest {

  /** What an application inherits, and the program itself. */
  private static final List<Class<?>> INHERITED =
      List.of(
          SipStackImpl.class,
          Lookup.class,
          LogManager.class,
          LoggerFactory.class,
          ConnectionManagement.class,
          ReflectingApplication.class);

  @Test
  void theBridgeForLog4j1IsAllThatReflectionOnTheStackNeeds() throws Exception {
    assertThat(run(Stream.of(org.apache.log4j.Logger.class))).contains("reflected on ");
  }

  @Test
  void withoutItReflectionFailsAsTheDocumentsSay() throws Exception {
    assertThat(run(Stream.of())).contains("NoClassDefFoundError: org/apache/log4j/Logger");
  }

  private static String run(Stream<Class<?>> more) throws Exception {
    String classPath =
        Stream.concat(INHERITED.stream(), more)
            .map(ReflectedStackTest::placeOf)
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                classPath,
                ReflectingApplication.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      StringBuilder output = new StringBuilder();
      // The stack's threads outlive a failure: enough is read when that has been said.
      var reader = process.inputReader(StandardCharsets.UTF_8);
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        output.append(line).append('\n');
        if (line.contains("NoClassDefFoundError")) {
          break;
        }
      }
      return output.toString();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String placeOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
