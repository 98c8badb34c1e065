package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stack that is to discover, with a dnsjava that is not there or too old, in a JVM of its own.
 */
class DnsJavaTest {

  private static String classPath(String first, boolean withDnsJava) {
    return first
        + Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> withDnsJava || !new File(entry).getName().startsWith("dnsjava-"))
            .collect(Collectors.joining(File.pathSeparator));
  }

  private static String outputWith(String classPath, int status) throws Exception {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                classPath,
                DiscoveringApplication.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(status);
    return output;
  }

  @Test
  void aStackWithTheDnsJavaOfThisLibraryIsMade() throws Exception {
    outputWith(classPath("", true), 0);
  }

  @Test
  void withoutDnsJavaTheStackIsRefusedAndTheReasonNamesIt() throws Exception {
    assertThat(outputWith(classPath("", false), 1))
        .contains(
            "Discovery of the outbound proxy needs dnsjava:dnsjava:3.6.0 or newer, with"
                + " org.slf4j:slf4j-api on the class path; found none, which fails with"
                + " java.lang.NoClassDefFoundError: org/xbill/DNS/")
        .doesNotContain("ClassCastException");
  }

  @Test
  void anOlderDnsJavaIsNamedWithWhatItLacks(@TempDir Path folder) throws Exception {
    Path source = Files.createDirectories(folder.resolve("org/xbill/DNS")).resolve("Message.java");
    Files.writeString(source, "package org.xbill.DNS; public class Message {}");
    assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
        .isZero();
    assertThat(outputWith(classPath(folder + File.pathSeparator, true), 1))
        .contains("or newer", "found file:" + folder, "NoSuchMethodError", "Message")
        .doesNotContain("ClassCastException");
  }
}
