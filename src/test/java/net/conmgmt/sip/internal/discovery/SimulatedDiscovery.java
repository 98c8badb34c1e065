package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLinks;

/** The discovery of a stack in which DNS and DHCP are not those of the system. */
public final class SimulatedDiscovery {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int RETRIES = 2;

  /** Takes queries to DNS servers; gives what ends one before its answer. */
  public interface Asking {
    Runnable ask(
        InetSocketAddress server,
        boolean tcp,
        byte[] query,
        Predicate<byte[]> received,
        Consumer<IOException> failed)
        throws IOException;
  }

  private SimulatedDiscovery() {}

  /** Makes it the discovery of that stack. */
  public static Discovery install(
      StackScope scope,
      RandomGenerator random,
      List<InetSocketAddress> servers,
      Asking asking,
      DhcpLinks links) {
    DnsTransport transport =
        (server, tcp, query, longest, listener) ->
            asking.ask(server, tcp, query, listener::received, listener::failed)::run;
    Discovery discovery =
        new Discovery(
            scope,
            random,
            scheduler -> new DnsJavaLookup(servers, transport, scheduler, TIMEOUT, RETRIES, false),
            links);
    scope.put(Discovery.class, discovery);
    return discovery;
  }
}
