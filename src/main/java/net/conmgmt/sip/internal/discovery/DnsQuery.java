package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/**
 * One question to the DNS servers. The servers are asked in turn: the next one when one fails, and
 * after a pause that doubles when none answers, each as often as the retries allow; the first good
 * answer counts, a late one too. A server that answers with an error is not asked again; one that
 * cannot be reached gets a second chance where there are retries, and one that does not know EDNS
 * is asked without it. A truncated answer is asked for again by TCP. The whole is bounded by one
 * time-out.
 *
 * <p>Everything happens on the scheduler's thread; no JVM-wide resolver or cache is involved.
 */
final class DnsQuery {

  private static final long LONGEST_FIRST_PAUSE_NANOS = 1_000_000_000L;
  private static final long SHORTEST_FIRST_PAUSE_NANOS = 100_000_000L;
  private static final int MAX_ALIAS_QUERIES = 8;

  /** One server and how it behaves. */
  private static final class Server {
    final InetSocketAddress address;
    final SimpleResolver resolver;
    int chances;
    boolean edns = true;

    Server(InetSocketAddress address, Duration timeout) {
      this.address = address;
      resolver = new SimpleResolver(address);
      resolver.setTimeout(timeout);
    }

    /** Whether it says in this way that it does not know EDNS (RFC 6891, section 7). */
    boolean refusesEdns(Message response) {
      int rcode = response.getRcode();
      return edns && (rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP);
    }

    void withoutEdns() {
      edns = false;
      resolver.setEDNS(null);
    }

    @Override
    public String toString() {
      return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
  }

  private final List<Server> servers = new ArrayList<>();
  private final Scheduler scheduler;
  private final Duration timeout;
  private final int retries;
  private final int type;
  private final CompletableFuture<DnsAnswer<Record>> answer = new CompletableFuture<>();
  private final Set<String> failures = new LinkedHashSet<>();
  private Name name;
  private int aliasQueries;
  private int turn;
  private int sent;
  private long pauseNanos;
  private Scheduler.@Nullable Task retry;
  private Scheduler.@Nullable Task deadline;

  DnsQuery(
      List<InetSocketAddress> addresses,
      Scheduler scheduler,
      Duration timeout,
      int retries,
      Name name,
      int type) {
    addresses.forEach(address -> servers.add(new Server(address, timeout)));
    this.scheduler = scheduler;
    this.timeout = timeout;
    this.retries = retries;
    this.name = name;
    this.type = type;
  }

  /** Asks. Call once. */
  CompletableFuture<DnsAnswer<Record>> start() {
    scheduler.schedule(
        () -> {
          deadline = scheduler.schedule(this::timedOut, timeout.toNanos());
          ask();
        },
        0);
    return answer;
  }

  /** Asks for the present name from the start. */
  private void ask() {
    servers.forEach(server -> server.chances = retries == 0 ? 1 : 2);
    turn = 0;
    sent = 0;
    pauseNanos =
        Math.max(
            SHORTEST_FIRST_PAUSE_NANOS, Math.min(LONGEST_FIRST_PAUSE_NANOS, timeout.toNanos() / 5));
    send();
  }

  private void send() {
    cancelRetry();
    if (answer.isDone()) {
      return;
    }
    Server server = nextServer();
    if (server == null) {
      finish(DnsAnswer.failed(String.join("; ", failures)));
      return;
    }
    if (sent == servers.size() * (1 + retries)) {
      // A late answer still counts, until the time-out.
      return;
    }
    sent++;
    retry = scheduler.schedule(this::send, pauseNanos);
    if (sent % servers.size() == 0) {
      pauseNanos *= 2;
    }
    sendTo(server);
  }

  private void sendTo(Server server) {
    Name asked = name;
    Message query = Message.newQuery(Record.newRecord(asked, type, DClass.IN));
    try {
      CompletionStage<Message> unused =
          server
              .resolver
              .sendAsync(query, task -> scheduler.schedule(task, 0))
              .whenComplete(
                  (response, failure) ->
                      scheduler.schedule(() -> received(server, asked, response, failure), 0));
    } catch (RuntimeException e) {
      received(server, asked, null, e);
    }
  }

  private @Nullable Server nextServer() {
    for (int i = 0; i < servers.size(); i++) {
      Server server = servers.get(turn++ % servers.size());
      if (server.chances > 0) {
        return server;
      }
    }
    return null;
  }

  private void received(
      Server server, Name asked, @Nullable Message response, @Nullable Throwable failure) {
    if (answer.isDone() || !asked.equals(name)) {
      return;
    }
    if (response == null) {
      // It may be an answer that repeats no question, as of old servers that see EDNS.
      server.withoutEdns();
      failed(server, reasonOf(failure), server.chances - 1);
      return;
    }
    DnsMessages.Reading reading = DnsMessages.read(response, asked, type);
    Name alias = reading.alias();
    if (server.refusesEdns(response)) {
      server.withoutEdns();
      sendTo(server);
    } else if (reading.failure() != null) {
      failed(server, reading.failure(), 0);
    } else if (alias != null) {
      follow(alias);
    } else if (reading.records().isEmpty()) {
      boolean noName = response.getRcode() == Rcode.NXDOMAIN;
      finish(
          DnsAnswer.none(
              noName ? "no such name (NXDOMAIN)" : "no " + Type.string(type) + " record"));
    } else {
      finish(DnsAnswer.found(reading.records()));
    }
  }

  private void failed(Server server, String why, int chancesLeft) {
    failures.add(server + ": " + why);
    server.chances = chancesLeft;
    send();
  }

  private void follow(Name alias) {
    aliasQueries++;
    if (aliasQueries > MAX_ALIAS_QUERIES) {
      finish(DnsAnswer.failed("more than " + MAX_ALIAS_QUERIES + " aliases (CNAME)"));
      return;
    }
    name = alias;
    ask();
  }

  private void timedOut() {
    StringBuilder text = new StringBuilder("no answer within " + timeout.toSeconds() + " s from ");
    text.append(servers);
    if (!failures.isEmpty()) {
      text.append(" (").append(String.join("; ", failures)).append(")");
    }
    finish(DnsAnswer.failed(text.toString()));
  }

  private void finish(DnsAnswer<Record> result) {
    cancelRetry();
    if (deadline != null) {
      deadline.cancel();
    }
    answer.complete(result);
  }

  private void cancelRetry() {
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
  }

  private static String reasonOf(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause == null) {
      return "no answer";
    }
    String message = cause.getMessage();
    return cause instanceof IOException && message != null ? message : cause.toString();
  }
}
