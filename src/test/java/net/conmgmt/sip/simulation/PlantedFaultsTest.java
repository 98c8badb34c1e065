package net.conmgmt.sip.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import net.conmgmt.sip.simulation.Plants.Plant;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The simulation finds what it is there to find. */
class PlantedFaultsTest {

  private static final String ALL = "net.conmgmt.sip.simulation.Plants#ALL";
  private static final String CLUSTER = "net.conmgmt.sip.simulation.ClusterPlants#ALL";
  private static final String INTERLEAVED = "net.conmgmt.sip.simulation.InterleavedPlants#ALL";
  private static final Path SOURCES = Path.of("src/main/java/net/conmgmt/sip");
  private static final Pattern FOUND = Pattern.compile("again: mvn .*seed=(\\d+) .*\\n(.*)");

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource({ALL, CLUSTER, INTERLEAVED})
  void aPlantHasItsPlace(Plant plant) throws IOException {
    String source = Files.readString(SOURCES.resolve(plant.file()));

    assertThat(source.split(Pattern.quote(plant.right()), -1))
        .as("how often %s is in %s, and one", plant.right(), plant.file())
        .hasSize(2);
  }

  /**
   * Each in a JVM of its own: {@code mvn -Dtest=PlantedFaultsTest -Dsimulation.plants=3000 test}.
   */
  @ParameterizedTest
  @FieldSource({ALL, CLUSTER, INTERLEAVED})
  @EnabledIfSystemProperty(named = "simulation.plants", matches = "\\d+")
  void aPlantedFaultIsFound(Plant plant) throws Exception {
    compile(plant);

    boolean interleaved = InterleavedPlants.ALL.contains(plant);
    String output = runSeeds(Long.getLong("simulation.plants", 0), interleaved);

    Matcher found = FOUND.matcher(output);
    assertThat(found.find()).as("found: %s%n%s", plant, output).isTrue();
    String line =
        String.format("after %5s seeds: %s%n      %s%n", found.group(1), plant, found.group(2));
    System.out.print(line);
    Path report = Path.of("target", "planted-faults.txt");
    Files.createDirectories(report.getParent());
    Files.writeString(
        report,
        line,
        java.nio.file.StandardOpenOption.CREATE,
        java.nio.file.StandardOpenOption.APPEND);
  }

  private void compile(Plant plant) throws IOException {
    String source = Files.readString(SOURCES.resolve(plant.file()));
    Path changed = folder.resolve(Path.of(plant.file()).getFileName());
    Files.writeString(changed, source.replace(plant.right(), plant.wrong()));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of("-proc:none", "-nowarn", "-d", folder.toString(), "-classpath", classPath());
      assertThat(
              compiler
                  .getTask(null, files, null, options, null, files.getJavaFileObjects(changed))
                  .call())
          .isTrue();
    }
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private String runSeeds(long seeds, boolean interleaved) throws Exception {
    Path output = folder.resolve("output.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dsimulation.seeds=" + seeds,
                "-Dsimulation.interleaved.seeds=" + seeds,
                "-cp",
                folder + File.pathSeparator + classPath(),
                Seeds.class.getName()));
    if (interleaved) {
      command.add("interleaved");
    }
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.waitFor();
    return Files.readString(output, StandardCharsets.UTF_8);
  }
}
