package net.conmgmt.sip.simulation;

import gov.nist.core.HostPort;
import gov.nist.javax.sip.stack.MessageChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.discovery.DiscoveryResult;
import org.jspecify.annotations.Nullable;

/** How clients find their proxy. */
final class Ways {

  static final String DOMAIN = "contoso.test";

  private Ways() {}

  /** The proxy is given. */
  static ClientProgram.Way fixed(InetSocketAddress proxy) {
    return (host, taker) ->
        hand(host, Host.hop(proxy.getAddress().getHostAddress(), proxy.getPort()), "TCP", taker);
  }

  /** Any of the proxies is as good as another: from time to time the client goes to the next. */
  static ClientProgram.Way roaming(List<Host> proxies, int first) {
    AtomicInteger at = new AtomicInteger(first);
    return (host, taker) -> {
      ClientProgram program = (ClientProgram) host.program();
      boolean moves =
          !program.isChallenged()
              && (program.registeredOn() == null
                  ? host.world.dice.chance(50)
                  : host.faultsGoOn() && host.world.dice.once(12));
      if (moves) {
        host.world.coverage.count("directory: client moves");
        at.set((at.get() + 1) % proxies.size());
      }
      fixed(proxies.get(at.get()).address("TCP")).find(host, taker);
    };
  }

  /** The proxy is discovered, and its request goes the way of the router's hop. */
  static ClientProgram.Way discovered() {
    return (host, taker) -> {
      World.Life process = host.process();
      CompletableFuture<?> unused =
          host.discovery()
              .ofDomain(DOMAIN)
              .connection()
              .handle(
                  (result, failure) -> {
                    // A thread of the application waits for it.
                    host.world.in(
                        process, host.world.dice.pace(), () -> found(host, result, taker));
                    return null;
                  });
    };
  }

  private static void found(
      Host host, @Nullable DiscoveryResult result, Consumer<@Nullable MessageChannel> taker) {
    ManagedConnection connection = result == null ? null : result.connection();
    if (connection == null) {
      host.world.coverage.count("request: no proxy");
      taker.accept(null);
      return;
    }
    host.checks.pausesOf(host).found(connection);
    boolean tls = connection.transport().equals("TLS");
    String name = connection.peerName();
    InetSocketAddress peer = connection.remoteAddress();
    String hop = tls && name != null ? name : peer.getAddress().getHostAddress();
    hand(host, Host.hop(hop, peer.getPort()), connection.transport(), taker);
  }

  private static void hand(
      Host host, HostPort hop, String transport, Consumer<@Nullable MessageChannel> taker) {
    MessageChannel channel;
    try {
      channel = host.processor(transport).createMessageChannel(hop);
    } catch (IOException e) {
      host.world.coverage.count("request: no channel");
      host.world.note(host, "finds no channel: " + e.getMessage());
      taker.accept(null);
      return;
    }
    // An application does something between making a transaction and sending.
    host.world.in(host.process(), host.world.dice.pace(), () -> taker.accept(channel));
  }
}
