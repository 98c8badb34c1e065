package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackImpl;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page about the RI's properties leaves none out. */
class RiPropertiesPageTest {

  private static final Pattern NAME =
      Pattern.compile(
          "(?:gov\\.nist\\.javax\\.sip|javax\\.sip|javax\\.net\\.ssl)\\.[A-Za-z0-9_.]+");

  /** The names stand in the constants of the class that reads them. */
  private static Set<String> namesThatTheStackReads() throws Exception {
    Set<String> names = new TreeSet<>();
    try (InputStream in = SipStackImpl.class.getResourceAsStream("SipStackImpl.class")) {
      String constants =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.ISO_8859_1);
      Matcher matcher = NAME.matcher(constants);
      while (matcher.find()) {
        String name = matcher.group();
        String last = name.substring(name.lastIndexOf('.') + 1);
        // What else looks like it are packages and classes.
        if (name.startsWith("javax.net") || last.equals(last.toUpperCase(java.util.Locale.ROOT))) {
          names.add(name);
        }
      }
    }
    return names;
  }

  @Test
  void everyPropertyThatTheStackReadsIsInTheTable() throws Exception {
    String page = Files.readString(Path.of("src/site/markdown/ri-properties.md"));
    Set<String> read = namesThatTheStackReads();
    assertThat(read).hasSizeGreaterThan(60);
    assertThat(read)
        .allSatisfy(
            name -> assertThat(page).contains("`" + name.replace("gov.nist.javax.sip.", "") + "`"));
  }
}
