package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** ISC BIND, authoritative for some zones and for nothing else. */
final class Bind9 {

  private Bind9() {}

  /**
   * Starts it on 127.0.0.1.
   *
   * @param zones name to content; a zone without content has no file, so that it is broken
   */
  static ExternalProcess start(Path folder, int port, Map<String, String> zones)
      throws IOException {
    StringBuilder config = new StringBuilder();
    config
        .append("options {\n  directory \"" + folder + "\";\n  pid-file none;\n")
        .append(
            "  session-keyfile none;\n  recursion no;\n  max-records-per-type 0;\n  dnssec-validation no;\n")
        .append("  listen-on port " + port + " { 127.0.0.1; };\n  listen-on-v6 { none; };\n};\n")
        .append("controls { };\n");
    for (Map.Entry<String, String> zone : zones.entrySet()) {
      String file = zone.getKey() + ".zone";
      config.append("zone \"" + zone.getKey() + "\" { type primary; file \"" + file + "\"; };\n");
      if (!zone.getValue().isEmpty()) {
        Files.writeString(
            folder.resolve(file),
            "$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n"
                + zone.getValue());
      }
    }
    Path file = Files.writeString(folder.resolve("named.conf"), config);
    return ExternalProcess.start(
            "named", folder, Map.of(), List.of("named", "-g", "-c", file.toString()))
        .ready("running");
  }
}
