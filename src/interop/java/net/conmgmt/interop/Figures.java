package net.conmgmt.interop;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * What a test has measured: shown on the console, where Surefire would hide it, and added to {@code
 * target/interop-figures.txt}.
 */
final class Figures {

  private static final Path FILE = Path.of("target", "interop-figures.txt");

  private Figures() {}

  /** Shows one line, formatted as by {@link String#format}. */
  static synchronized void show(String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    PrintStream console =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    console.println(line);
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(
          FILE,
          line + System.lineSeparator(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
