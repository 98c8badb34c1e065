package net.conmgmt.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The samples as processes of their own, as {@code samples/run} starts them. */
final class Samples {

  /** How {@code discover --json} ended. */
  record Discovered(int status, JsonNode report) {

    /** What the report says of the query whose name begins so. */
    JsonNode query(String name) {
      for (JsonNode query : report.get("queries")) {
        if (query.get("name").asText().startsWith(name)) {
          return query;
        }
      }
      throw new AssertionError("No query " + name + " in " + report);
    }
  }

  /** The main class behind {@code samples/run}. */
  private static final String MAIN = "net.conmgmt.samples.cli.Main";

  private static final Path HOME = Path.of("").toAbsolutePath();
  private static final Path TARGET = HOME.resolve("samples/target");

  /** Longer than Maven takes on a loaded machine whose local repository is empty. */
  private static final long BUILD_SECONDS = 300;

  private static @Nullable String classPath;

  private Samples() {}

  /** The command line that runs a command of the samples. */
  static List<String> command(String... arguments) throws IOException {
    return command(List.of(), arguments);
  }

  /** The same with these options of java, the last ones counting. */
  static List<String> command(List<String> options, String... arguments) throws IOException {
    return command(options, classPath(), MAIN, arguments);
  }

  /** The command line that runs a main class of the tests, which finds the samples' classes. */
  static List<String> command(List<String> options, Class<?> main, String... arguments)
      throws IOException {
    String tests = main.getProtectionDomain().getCodeSource().getLocation().getPath();
    return command(options, classPath() + File.pathSeparator + tests, main.getName(), arguments);
  }

  private static List<String> command(
      List<String> options, String classPath, String mainClass, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dlog4j2.configurationFile=" + HOME.resolve("jain-sip-config/log4j2.xml"));
    command.add("-Dnet.conmgmt.samples.home=" + HOME);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, mainClass));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts a command of the samples under that name. */
  static ExternalProcess start(String name, Path folder, String... arguments) throws IOException {
    return ExternalProcess.start(name, folder, Map.of(), command(arguments));
  }

  /** Runs a command line of {@code discover --json} to its end. */
  static Discovered discover(Path folder, List<String> command) throws IOException {
    try (ExternalProcess process = ExternalProcess.start("discover", folder, Map.of(), command)) {
      return discovered(process);
    }
  }

  /** Waits for the end of a {@code discover --json}. */
  static Discovered discovered(ExternalProcess process) throws IOException {
    int status = process.awaitEnd();
    for (String line : process.output().split("\n", -1)) {
      if (line.startsWith("{")) {
        return new Discovered(status, new ObjectMapper().readTree(line));
      }
    }
    throw new IOException("Expected a report as JSON, found: " + process.output());
  }

  /** {@code samples/run} builds what is missing or out of date; the class path is then known. */
  private static synchronized String classPath() throws IOException {
    if (classPath == null) {
      String run = HOME.resolve("samples/run").toString();
      ExternalProcess.run(List.of(run, "--help"), BUILD_SECONDS);
      classPath =
          TARGET.resolve("classes")
              + File.pathSeparator
              + Files.readString(TARGET.resolve("samples.classpath")).trim();
    }
    return classPath;
  }
}
