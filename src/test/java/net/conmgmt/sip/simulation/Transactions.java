package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.MessageChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectionChannel;
import org.jspecify.annotations.Nullable;

/**
 * In the place of the RI's transactions over a reliable transport: a request is written once, its
 * final response comes within 32 s or never (RFC 3261 section 17). The end of its connection is the
 * end of a request.
 */
final class Transactions {

  private static final long TIMER_F_NANOS = TimeUnit.SECONDS.toNanos(32);

  /** What became of a request: a response, or none. */
  interface End extends Consumer<@Nullable SIPResponse> {}

  private record Asked(ManagedConnection on, End end) {}

  private final Host host;
  private final World.Life process;
  private final Map<String, Asked> open = new LinkedHashMap<>();

  Transactions(Host host) {
    this.host = host;
    process = host.process();
  }

  static ManagedConnection connectionOf(MessageChannel channel) {
    return ((ConnectionChannel) channel).connection();
  }

  /** How a host names itself in Via. */
  static String viaOf(Host host, ManagedConnection connection) {
    String transport = connection.transport();
    return transport
        + " "
        + host.machine.address.getHostAddress()
        + ":"
        + host.address(transport).getPort();
  }

  /** Sends a request; its end is told once, unless this throws. */
  void send(SIPRequest request, MessageChannel channel, End end) throws IOException {
    String branch = request.getTopmostVia().getBranch();
    open.put(branch, new Asked(connectionOf(channel), end));
    try {
      write(request, channel);
    } catch (IOException | RuntimeException e) {
      open.remove(branch);
      throw e;
    }
    host.world.in(process, TIMER_F_NANOS, () -> finish(branch, null));
  }

  /** Sends a response. */
  void answer(SIPResponse response, MessageChannel channel) {
    try {
      write(response, channel);
    } catch (IOException e) {
      host.world.coverage.count("message: response not sent");
      host.world.note(host, "cannot answer: " + e.getMessage());
    }
  }

  private void write(SIPMessage message, MessageChannel channel) throws IOException {
    ManagedConnection connection = connectionOf(channel);
    if (host.world.tracing()) {
      host.world.note(
          host,
          "sends message "
              + Messages.idOf(message)
              + " on "
              + connection
              + ": "
              + message.getFirstLine().trim());
    }
    Connection.Message sent = host.checks.messages.sends(host, connection, message);
    try {
      channel.sendMessage(message);
      host.world.coverage.count("message: sent");
    } catch (IOException | RuntimeException e) {
      sent.failed = true;
      host.world.note(host, "cannot send: " + e.getMessage());
      throw e;
    }
  }

  /** A response arrived; one that nobody waits for any more is passed over. */
  void arrived(SIPResponse response) {
    if (response.getStatusCode() >= 200) {
      finish(response.getTopmostVia().getBranch(), response);
    }
  }

  /** The connection has ended, of which an application hears; so it waits for no answer on it. */
  void lost(ManagedConnection connection) {
    List<String> branches = new ArrayList<>();
    open.forEach(
        (branch, asked) -> {
          if (asked.on() == connection) {
            branches.add(branch);
          }
        });
    branches.forEach(branch -> finish(branch, null));
  }

  private void finish(String branch, @Nullable SIPResponse response) {
    Asked asked = open.remove(branch);
    if (asked != null) {
      host.world.coverage.count(
          response == null ? "transaction: no answer" : "transaction: " + response.getStatusCode());
      asked.end().accept(response);
    }
  }
}
