package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;

/** The sample proxy for contoso.test on loopback, in a process of its own, with its events. */
final class ProxyProcess implements AutoCloseable {

  private final ExternalProcess process;
  private final String ready;

  private ProxyProcess(ExternalProcess process) throws IOException {
    this.process = process;
    ready = process.awaitLine("ready tcp ");
  }

  /**
   * Starts it on free ports.
   *
   * @param authority who issues its certificate, or null for TCP only
   * @param more further arguments
   */
  static ProxyProcess start(Path folder, @Nullable TestCertificates authority, String... more)
      throws Exception {
    return start(folder, List.of(), authority, more(List.of("--events", "-"), more));
  }

  private static String[] more(List<String> first, String... then) {
    List<String> all = new ArrayList<>(first);
    all.addAll(List.of(then));
    return all.toArray(new String[0]);
  }

  /** Starts it without events, with options of java. */
  static ProxyProcess start(
      Path folder, List<String> options, @Nullable TestCertificates authority, String... more)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("proxy", "--domain", "contoso.test"));
    arguments.addAll(List.of("--tcp", "0"));
    if (authority != null) {
      Path store = authority.keyStore("localhost", "dns:localhost", "ip:127.0.0.1");
      arguments.addAll(List.of("--tls", "0", "--keystore", store.toString()));
      arguments.addAll(List.of("--password", TestCertificates.PASSWORD));
    }
    arguments.addAll(List.of(more));
    ExternalProcess process =
        ExternalProcess.start(
            "proxy", folder, Map.of(), Samples.command(options, arguments.toArray(new String[0])));
    try {
      return new ProxyProcess(process);
    } catch (IOException e) {
      process.close();
      throw e;
    }
  }

  /** The port of {@code tcp} or {@code tls}. */
  int port(String transport) {
    Matcher matcher = Pattern.compile("\\b" + transport + " \\S+:(\\d+)").matcher(ready);
    if (!matcher.find()) {
      throw new IllegalStateException("Expected a port of " + transport + ", found " + ready);
    }
    return Integer.parseInt(matcher.group(1));
  }

  /** Waits until it has told that many of these events, and gives the last line. */
  String awaitEvents(String event, int count) throws IOException {
    return process.awaitLine("\"event\":\"" + event + "\"", count);
  }

  /** Waits for the registration of a user and gives the line. */
  String awaitRegistration(String user) throws IOException {
    return process.awaitLine("\"event\":\"registered\",\"aor\":\"sip:" + user + "@contoso.test\"");
  }

  ExternalProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
