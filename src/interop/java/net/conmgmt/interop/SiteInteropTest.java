package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code mvn site} makes of the pages, in a real browser. */
@RealPeers(packages = {"chromium", "chromium-driver"})
class SiteInteropTest {

  private static final String FOLDER = "target/site-interop";
  private static final Path SITE = Path.of(FOLDER, "site").toAbsolutePath();
  private static final Path PICTURES = Path.of("target", "site-pictures");

  /** Where it leads: the address without its heading, and the heading. */
  private static final String LINKS =
      "Array.from(document.querySelectorAll('a[href]')).map(a => ["
          + "a.href.split('#')[0], a.hash.substring(1)])";

  private static final String UNDRAWN =
      "document.querySelectorAll('code.language-mermaid').length"
          + " + Array.from(document.images).filter(i => !i.naturalWidth).length";

  @TempDir private Path folder;

  @BeforeAll
  static void build() throws IOException {
    String pom = Path.of("pom.xml").toAbsolutePath().toString();
    ExternalProcess.run(
        List.of("mvn", "-B", "-ntp", "-f", pom, "clean", "site", "-Dbuild.folder=" + FOLDER));
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.list(SITE)) {
      return files.filter(file -> file.toString().endsWith(".html")).sorted().toList();
    }
  }

  private static String url(Path page) {
    return page.toUri().toString();
  }

  @Test
  void everyLinkLeadsToAPageAndAHeading() throws Exception {
    assertThat(pages()).hasSizeGreaterThan(15);
    List<String> broken = new ArrayList<>();
    try (Chromium browser = new Chromium(folder)) {
      for (Path page : pages()) {
        browser.open(url(page));
        for (JsonNode link : browser.eval(LINKS)) {
          String address = link.get(0).asText();
          if (!address.startsWith("https://") && !leads(browser, address, link.get(1).asText())) {
            broken.add(link + " on " + page.getFileName());
          }
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** A heading has its name once the page's script has run. */
  private static boolean leads(Chromium browser, String address, String heading) throws Exception {
    if (pages().stream().noneMatch(page -> url(page).equals(address))) {
      return false;
    }
    if (heading.isEmpty()) {
      return true;
    }
    String before = browser.eval("location.href").asText();
    browser.open(address);
    boolean found = browser.eval("document.getElementById('" + heading + "') !== null").asBoolean();
    browser.open(before);
    return found;
  }

  /** Wide tables and pictures move inside their own boxes. */
  @ParameterizedTest
  @CsvSource({"1280, false", "390, true"})
  void everyPageFitsTheWindowAndShowsItsPictures(int width, boolean phone) throws Exception {
    try (Chromium browser = new Chromium(folder)) {
      for (Path page : pages()) {
        browser.device(width, 900, phone);
        browser.open(url(page));
        browser.picture(PICTURES.resolve(page.getFileName() + "-" + width + ".png"));
        assertThat(browser.eval("document.documentElement.scrollWidth").asInt())
            .as("%s, see %s", page.getFileName(), PICTURES)
            .isLessThanOrEqualTo(width);
        assertThat(browser.eval(UNDRAWN).asInt()).as("%s", page.getFileName()).isZero();
      }
    }
  }
}
