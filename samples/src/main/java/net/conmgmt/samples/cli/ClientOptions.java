package net.conmgmt.samples.cli;

import java.nio.file.Path;
import net.conmgmt.samples.sip.StackBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the commands that look for an outbound proxy. */
final class ClientOptions {

  @Option(
      names = "--listen",
      paramLabel = "IP",
      description = {
        "The local address. Default: ua 127.0.0.1, which reaches this machine only;",
        "discover any."
      })
  private @Nullable String listen;

  @Option(
      names = "--dns",
      paramLabel = "IP:PORT[,IP:PORT]",
      description = "The DNS servers; default those of the system.")
  private @Nullable String dns;

  @Option(
      names = "--dhcp",
      paramLabel = "on|off",
      description = "Asks DHCP too, which needs port 68; default off.")
  private @Nullable String dhcp;

  @Option(
      names = "--trust",
      paramLabel = "PEM|P12",
      description = {
        "The certificates that are trusted with TLS: PEM, or a key store with password changeit,",
        "else --set javax.net.ssl.trustStorePassword=PW."
      })
  private @Nullable Path trust;

  /** The local address, or what a command takes without one. */
  String listen(String otherwise) {
    String given = listen;
    return given == null ? otherwise : given;
  }

  /** Turns the options into stack properties. */
  void apply(StackBuilder properties) {
    properties.setIfGiven("net.conmgmt.sip.DNS_SERVERS", dns);
    properties.setIfGiven("net.conmgmt.sip.DHCP", dhcp);
    Path trusted = trust;
    if (trusted != null) {
      properties.trust(trusted);
    }
  }
}
