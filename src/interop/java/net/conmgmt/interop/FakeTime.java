package net.conmgmt.interop;

import java.io.IOException;
import java.util.List;

/** libfaketime (Debian), which a program is started with so that its clock can be set. */
final class FakeTime {

  private FakeTime() {}

  /** Its file for programs with threads, for {@code LD_PRELOAD}. */
  static String library() throws IOException {
    return ExternalProcess.run(List.of("dpkg", "-L", "libfaketime"))
        .lines()
        .filter(file -> file.endsWith("/libfaketimeMT.so.1"))
        .findFirst()
        .orElseThrow();
  }
}
