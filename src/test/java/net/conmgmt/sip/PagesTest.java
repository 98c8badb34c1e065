package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** README.md and the pages name nothing that is not there. */
class PagesTest {

  private static final Path README = Path.of("README.md");
  private static final Path PAGES = Path.of("src/site/markdown");
  private static final Path POM = Path.of("pom.xml");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern TEST = Pattern.compile("\\b([A-Z][A-Za-z0-9]+Test)\\b");
  private static final Pattern SOURCE =
      Pattern.compile("`((?:src|samples|jain-sip-config|\\.ci)/[^`\\s]*)`");
  private static final Pattern CODE =
      Pattern.compile("<!-- code: (\\S+) -->\\n((?: {4}.*\\n|\\n)+)");
  private static final Pattern MEASURE = Pattern.compile("(?m)^(\\| .*\\d.* \\|)$");
  private static final Pattern MERMAID = Pattern.compile("(?s)```mermaid\\n(.*?)```");
  private static final Pattern COMMAND = Pattern.compile("(?m)^ {4,}(\\S+) ?(.*)$");
  private static final Pattern SAMPLE_COMMAND =
      Pattern.compile("(?m)(?:^ {4,}|`)samples/run(?: +([a-z]+))?([^`\\n]*)");

  /** What Maven is asked for without a plugin's full name. */
  private static final Set<String> GOALS =
      Set.of("verify", "test", "test-compile", "install", "site", "spotless:apply");

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> pages = Files.list(PAGES)) {
      List<Path> all = pages.filter(Files::isRegularFile).sorted().toList();
      return Stream.concat(Stream.of(README), all.stream());
    }
  }

  private static Stream<MatchResult> find(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }

  @Test
  void everyFigureOfTheBenchmarkInReadmeIsThatOfThePageOnPerformance() throws IOException {
    String page = Files.readString(PAGES.resolve("performance.md"));
    String readme = Files.readString(README);
    String costs =
        readme.substring(readme.indexOf("## What it costs"), readme.indexOf("## Limits"));
    List<String> rows = find(MEASURE, costs).map(m -> m.group(1)).toList();
    assertThat(rows)
        .hasSizeGreaterThan(10)
        .allSatisfy(row -> assertThat(page).contains("\n" + row));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsToAFileAndAHeading(Path page) throws IOException {
    for (String link : find(LINK, Files.readString(page)).map(m -> m.group(1)).toList()) {
      if (link.startsWith("https://")) {
        continue;
      }
      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
      assertThat(target).as("%s in %s", link, page).exists();
      if (parts.length == 2) {
        assertThat(anchors(target)).as("%s in %s", link, page).contains(parts[1]);
      }
    }
  }

  private static Set<String> anchors(Path page) throws IOException {
    return find(HEADING, Files.readString(page))
        .map(m -> m.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", ""))
        .map(heading -> heading.replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  /** Hosts of repositories draw Mermaid themselves; the site shows files in its place. */
  @ParameterizedTest
  @MethodSource("pages")
  void everyPictureIsDrawnAsItStandsOnThePage(Path page) throws IOException {
    if (page.equals(README)) {
      return;
    }
    int number = 0;
    for (MatchResult picture : find(MERMAID, Files.readString(page)).toList()) {
      number++;
      String name = page.getFileName().toString().replace(".md", "-" + number + ".svg");
      Path file = Path.of("src/site/resources/images").resolve(name);
      String source =
          picture.group(1).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
      assertThat(file).as("run src/site/draw-pictures").exists();
      assertThat(Files.readString(file))
          .as("%s, run src/site/draw-pictures", file)
          .contains("<desc>" + source + "</desc>");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ratios", "limits"})
  void theBarsOfThePerformancePageShowItsTable(String picture) throws IOException {
    String page = Files.readString(PAGES.resolve("performance.md"));
    String svg = Files.readString(PAGES.resolve("images").resolve(picture + ".svg"));
    Pattern bar = Pattern.compile("(?m)^<text[^>]*>([^<]+)</text><rect.*>([^<]+)</text>$");
    assertThat(find(bar, svg).toList())
        .hasSizeGreaterThan(10)
        .allSatisfy(
            m ->
                assertThat(shown(row(page, m.group(1))))
                    .as("%s, see BarPlot", m.group(1))
                    .contains(m.group(2).replaceAll(" \\(.*", "")));
  }

  private static List<String> row(String page, String name) {
    return page.lines()
        .filter(line -> line.matches("\\| " + Pattern.quote(name) + "( \\*+)? \\|.*"))
        .findFirst()
        .map(line -> List.of(line.split(" *\\| *", -1)))
        .orElse(List.of());
  }

  /** What a bar may say of a row: ours, the ratio, or its inverse. */
  private static List<String> shown(List<String> row) {
    if (row.size() < 5) {
      return List.of();
    }
    String ratio = row.get(4);
    double inverse = ratio.isEmpty() ? 0 : 1 / Double.parseDouble(ratio);
    return List.of(
        row.get(2),
        ratio,
        Double.isInfinite(inverse) ? "ours is 0" : String.format(Locale.ROOT, "%.2f", inverse));
  }

  @Test
  void everyPageStandsInTheMenu() throws IOException {
    String menu = Files.readString(Path.of("src/site/site.xml"));
    Set<String> named =
        find(Pattern.compile("href=\"([a-z-]+)\\.html\""), menu)
            .map(m -> m.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(pages().skip(1).map(page -> page.getFileName().toString().replace(".md", "")))
        .isSubsetOf(named);
  }

  @Test
  void everyRequirementStandsOnItsPage() throws IOException {
    String page = Files.readString(PAGES.resolve("requirements.md"));
    assertThat(Files.readAllLines(Path.of("src/test/resources/requirements.txt")))
        .hasSizeGreaterThan(80)
        .allSatisfy(id -> assertThat(page).contains("| " + id + " |"));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyTestAndSourceFileThatIsNamedIsThere(Path page) throws IOException {
    String text = Files.readString(page);
    Set<String> tests = tests();
    assertThat(find(TEST, text).map(m -> m.group(1))).isSubsetOf(tests);
    assertThat(find(SOURCE, text).map(m -> Path.of(m.group(1))))
        .allSatisfy(file -> assertThat(file).exists());
  }

  private static Set<String> tests() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String root : List.of("src/test/java", "src/interop/java", "samples/src/test/java")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith("Test.java"))
            .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
      }
    }
    return names;
  }

  /** The excerpt's indentation aside, which is four columns of the page. */
  @ParameterizedTest
  @MethodSource("pages")
  void anExcerptIsWhatTheFileSays(Path page) throws IOException {
    for (MatchResult code : find(CODE, Files.readString(page)).toList()) {
      String source = stripped(Files.readString(Path.of(code.group(1))));
      assertThat(source).as("%s in %s", code.group(1), page).contains(stripped(code.group(2)));
    }
  }

  @Test
  void theExcerptOfTheJavadocIsWhatTheFileSays() throws IOException {
    String overview = Files.readString(Path.of("src/main/javadoc/overview.html"));
    MatchResult code =
        find(Pattern.compile("(?s)<!-- code: (\\S+) -->\n<pre>(.*?)</pre>"), overview)
            .findFirst()
            .orElseThrow();
    String excerpt = code.group(2).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    assertThat(stripped(Files.readString(Path.of(code.group(1))))).contains(stripped(excerpt));
  }

  private static String stripped(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n")).strip();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandIsOneThatThisProjectHas(Path page) throws IOException {
    String text = Files.readString(page);
    for (MatchResult command : find(COMMAND, text).toList()) {
      switch (command.group(1)) {
        case "mvn" -> checkMaven(command.group(2), page);
        case "java" -> assertThat(command.group(2)).matches("-D[a-zA-Z.]+\\.[A-Z_]+=[\\w.]+ …");
        default -> {
          if (command.group(1).startsWith("src/")) {
            assertThat(Path.of(command.group(1))).as("%s", page).isExecutable();
          }
        }
      }
    }
    for (MatchResult command : find(SAMPLE_COMMAND, text).toList()) {
      checkSample(command.group(1), command.group(2), page);
    }
  }

  private static void checkMaven(String arguments, Path page) throws IOException {
    String pom = Files.readString(POM);
    for (String argument : arguments.split(" +", -1)) {
      if (argument.startsWith("-P")) {
        for (String profile : argument.substring(2).split(",", -1)) {
          assertThat(pom).as("%s", page).contains("<id>" + profile + "</id>");
        }
      } else if (argument.startsWith("-Dtest=")) {
        assertThat(tests()).as("%s", page).contains(argument.substring("-Dtest=".length()));
      } else if (argument.startsWith("-D") && !argument.startsWith("-Dsurefire.")) {
        String name = argument.substring(2).replaceAll("=.*", "");
        assertThat(isRead(name)).as("%s on %s", name, page).isTrue();
      } else if (!argument.isEmpty() && !argument.startsWith("-")) {
        assertThat(GOALS).as("%s", page).contains(argument);
      }
    }
  }

  /** Whether a test or the build asks for that property. */
  private static boolean isRead(String property) throws IOException {
    if (Files.readString(POM).contains(property)) {
      return true;
    }
    for (String root : List.of("src/test/java", "src/interop/java")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (Files.readString(file).contains('"' + property + '"')) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static void checkSample(@Nullable String name, String arguments, Path page)
      throws IOException {
    List<String> sources = new ArrayList<>();
    try (Stream<Path> files =
        Files.list(Path.of("samples/src/main/java/net/conmgmt/samples/cli"))) {
      for (Path file : files.toList()) {
        sources.add(Files.readString(file));
      }
    }
    Predicate<String> known = word -> sources.stream().anyMatch(s -> s.contains('"' + word + '"'));
    if (name != null) {
      assertThat(known).as("samples/run %s in %s", name, page).accepts(name);
    }
    for (String argument : arguments.split("[ ,.]+", -1)) {
      if (argument.startsWith("--")) {
        assertThat(known).as("samples/run %s in %s", argument, page).accepts(argument);
      }
    }
  }
}
