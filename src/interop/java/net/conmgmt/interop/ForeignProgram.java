package net.conmgmt.interop;

import gov.nist.javax.sip.SipStackImpl;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.transport.ManagedMessageProcessorFactory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.xbill.DNS.Lookup;

/**
 * A program of others from {@code src/interop/programs}: its class path comes from Maven Central,
 * its one source file says what it does, and this library reaches it through the options of the JVM
 * only.
 */
final class ForeignProgram {

  private static final Path PROGRAMS = Path.of("src/interop/programs").toAbsolutePath();
  private static final String PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0";

  private final Path folder;
  private final String mainClass;
  private final String classPath;

  private ForeignProgram(Path folder, String mainClass, String classPath) {
    this.folder = folder;
    this.mainClass = mainClass;
    this.classPath = classPath;
  }

  /**
   * Resolves and compiles it.
   *
   * @param withLog whether log4j-core is put beside it, as it has no provider of its own
   */
  static ForeignProgram of(String name, String mainClass, boolean withLog, Path folder)
      throws IOException {
    return of(name, mainClass, withLog, folder, List.of());
  }

  /** The same, with more options of Maven, such as a profile. */
  static ForeignProgram of(
      String name, String mainClass, boolean withLog, Path folder, List<String> options)
      throws IOException {
    Path own = PROGRAMS.resolve(name);
    Path list = folder.resolve(name + ".classpath");
    List<String> resolve =
        new ArrayList<>(
            List.of(
                "mvn",
                "-B",
                "-q",
                "-ntp",
                "-f",
                own.resolve("pom.xml").toString(),
                PLUGIN + ":build-classpath",
                "-Dmdep.outputFile=" + list));
    resolve.addAll(options);
    ExternalProcess.run(resolve);
    Path classes = Files.createDirectories(folder.resolve(name));
    String ofProgram = Files.readString(list).trim();
    // The RI of this library comes before the one that the program may bring along, but is no fork.
    boolean fork = ofProgram.contains("jain-sip-ri-ossonly");
    String classPath =
        Stream.concat(
                Stream.of(classes.toString()),
                Stream.concat(library(withLog, fork), Stream.of(ofProgram)))
            .collect(Collectors.joining(File.pathSeparator));
    ExternalProcess.run(
        List.of(
            "javac",
            "-nowarn",
            "-d",
            classes.toString(),
            "-cp",
            classPath,
            own.resolve(mainClass + ".java").toString()));
    return new ForeignProgram(folder, mainClass, classPath);
  }

  private static Stream<String> library(boolean withLog, boolean withoutRi) {
    Stream<Class<?>> inherited =
        withoutRi
            ? Stream.of(ManagedMessageProcessorFactory.class, Lookup.class)
            : Stream.of(ManagedMessageProcessorFactory.class, SipStackImpl.class, Lookup.class);
    Stream<Class<?>> log =
        withLog ? Stream.of(LogManager.class, LoggerContext.class) : Stream.empty();
    return Stream.concat(inherited, log).map(ForeignProgram::placeOf);
  }

  private static String placeOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts it with the managed transport of that kind, and with more options of the JVM. */
  ExternalProcess start(String ioKind, List<String> options, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("java", "-cp", classPath));
    command.add(
        "-Dgov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY="
            + ManagedMessageProcessorFactory.class.getName());
    command.add("-D" + IoKinds.PROPERTY + "=" + ioKind);
    command.addAll(options);
    command.add(mainClass);
    for (Object argument : arguments) {
      command.add(String.valueOf(argument));
    }
    return ExternalProcess.start(mainClass, folder, Map.of(), command);
  }
}
