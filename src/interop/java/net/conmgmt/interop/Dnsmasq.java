package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** dnsmasq, which is a DNS server, a DHCP server, or both. */
final class Dnsmasq {

  private Dnsmasq() {}

  /** Starts it in the foreground with these options in addition to those that isolate it. */
  static ExternalProcess start(
      @Nullable NetworkNamespace network, Path folder, List<String> options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-hosts",
                "--no-resolv",
                "--bind-interfaces",
                "--pid-file=",
                "--log-facility=-"));
    command.addAll(options);
    return ExternalProcess.start(
            "dnsmasq", folder, Map.of(), network == null ? command : network.inside(command))
        .ready("started, version");
  }
}
