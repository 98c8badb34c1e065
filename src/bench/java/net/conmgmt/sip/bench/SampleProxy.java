package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The sample proxy, registrar and stateful proxy of one domain. */
final class SampleProxy {

  /** It is built first where that was not done. */
  private static final int PATIENCE_SECONDS = 240;

  private static final Pattern READY = Pattern.compile("ready tcp 127\\.0\\.0\\.1:(\\d+)");

  private SampleProxy() {}

  /** Starts it with TCP. */
  static ServerProcess start(String jvmOptions) throws IOException {
    Path folder = Files.createTempDirectory("bench-proxy");
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of("samples/run").toAbsolutePath().toString(),
            "proxy",
            "--domain",
            "contoso.test",
            "--tcp",
            "0",
            "--set",
            "MAX_CONNECTIONS_PER_ADDRESS=40000");
    command.environment().put("JAVA_HOME", Jdks.OWN.toString());
    command.environment().put("SAMPLES_JAVA_OPTIONS", jvmOptions + " -Dsamples.log=error");
    return new ExternalServer(folder, command, PATIENCE_SECONDS, SampleProxy::port);
  }

  private static int port(String printed) {
    return READY
        .matcher(printed)
        .results()
        .map((MatchResult ready) -> Integer.parseInt(ready.group(1)))
        .findFirst()
        .orElse(0);
  }
}
