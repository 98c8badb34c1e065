package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * One question to the DNS servers. The servers are asked in turn: the next one when one fails, and
 * after a pause that doubles when none answers, each as often as the retries allow; the first good
 * answer counts, a late one too. A server that answers with an error is not asked again; one that
 * cannot be reached gets a second chance where there are retries. A truncated answer is asked for
 * again by TCP. The whole is bounded by one time-out.
 *
 * <p>EDNS is left out where the server refuses it, and from the second round on, as some paths drop
 * queries that have it. A message whose id or question is not that of the query is ignored.
 *
 * <p>The answers are read on a thread of the {@link DnsTransport}, all else happens on the
 * scheduler's; no JVM-wide resolver or cache is involved.
 */
final class DnsQuery {

  private static final long LONGEST_FIRST_PAUSE_NANOS = 1_000_000_000L;
  private static final long SHORTEST_FIRST_PAUSE_NANOS = 100_000_000L;
  private static final int MAX_ALIAS_QUERIES = 8;

  /** One server and how it behaves. */
  private static final class Server {
    final InetSocketAddress address;
    int chances;
    int rounds;
    boolean edns;

    Server(InetSocketAddress address, boolean edns) {
      this.address = address;
      this.edns = edns;
    }

    @Override
    public String toString() {
      return ConnectionText.of(address);
    }
  }

  /** Fits every path (RFC 9715). */
  private static final int UDP_PAYLOAD = 1_232;

  private final List<Server> servers = new ArrayList<>();
  private final Set<InetSocketAddress> withoutEdns;
  private final List<DnsTransport.Exchange> exchanges = new ArrayList<>();
  private final AtomicInteger ignored = new AtomicInteger();
  private final DnsTransport transport;
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

  /**
   * One question.
   *
   * @param withoutEdns the servers that answer only without EDNS; what is learned is added
   */
  DnsQuery(
      List<InetSocketAddress> addresses,
      Set<InetSocketAddress> withoutEdns,
      DnsTransport transport,
      Scheduler scheduler,
      Duration timeout,
      int retries,
      Name name,
      int type) {
    this.withoutEdns = withoutEdns;
    for (InetSocketAddress address : addresses) {
      servers.add(new Server(address, !withoutEdns.contains(address)));
    }
    this.transport = transport;
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
    for (Server server : servers) {
      server.chances = retries == 0 ? 1 : 2;
      server.rounds = 0;
    }
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
      String why = servers.isEmpty() ? "no DNS server is known" : String.join("; ", failures);
      finish(DnsAnswer.failed(why));
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
    server.rounds++;
    if (server.rounds > 1) {
      server.edns = false;
    }
    sendTo(server, false);
  }

  private void sendTo(Server server, boolean tcp) {
    Name asked = name;
    Message query = Message.newQuery(Record.newRecord(asked, type, DClass.IN));
    if (server.edns) {
      query.addRecord(new OPTRecord(UDP_PAYLOAD, 0, 0), Section.ADDITIONAL);
    }
    try {
      exchanges.add(
          transport.ask(
              server.address,
              tcp,
              query.toWire(),
              timeout,
              new DnsTransport.Listener() {
                @Override
                public boolean received(byte[] bytes) {
                  Message response = DnsMessages.answerTo(query, bytes);
                  if (response == null) {
                    ignored.incrementAndGet();
                    return false;
                  }
                  scheduler.schedule(() -> answered(server, query, response, tcp), 0);
                  return true;
                }

                @Override
                public void failed(IOException cause) {
                  scheduler.schedule(() -> unreachable(server, asked, cause), 0);
                }
              }));
    } catch (IOException | RuntimeException e) {
      unreachable(server, asked, e);
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

  private void unreachable(Server server, Name asked, Exception cause) {
    if (!answer.isDone() && asked.equals(name)) {
      String message = cause.getMessage();
      failed(
          server,
          cause instanceof PortUnreachableException
              ? "nothing listens there"
              : cause instanceof IOException && message != null ? message : cause.toString(),
          server.chances - 1);
    }
  }

  private void answered(Server server, Message query, Message response, boolean tcp) {
    Name asked = query.getQuestion().getName();
    if (answer.isDone() || !asked.equals(name)) {
      return;
    }
    if (query.getOPT() == null) {
      withoutEdns.add(server.address);
    } else if (mayRefuseEdns(response)) {
      // Else it is asked without EDNS already.
      if (server.edns) {
        server.edns = false;
        sendTo(server, false);
      }
      return;
    }
    if (response.getHeader().getFlag(Flags.TC) && !tcp) {
      sendTo(server, true);
      return;
    }
    DnsMessages.Reading reading = DnsMessages.read(response, asked, type);
    Name alias = reading.alias();
    if (reading.failure() != null) {
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

  /** A server may say in this way that it does not know EDNS (RFC 6891 section 7). */
  private static boolean mayRefuseEdns(Message response) {
    int rcode = response.getRcode();
    return rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP || rcode == Rcode.SERVFAIL;
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
    if (ignored.get() > 0) {
      text.append("; ignored ")
          .append(ignored)
          .append(" messages whose id or question is not that of the query");
    }
    finish(DnsAnswer.failed(text.toString()));
  }

  private void finish(DnsAnswer<Record> result) {
    cancelRetry();
    if (deadline != null) {
      deadline.cancel();
    }
    exchanges.forEach(DnsTransport.Exchange::close);
    answer.complete(result);
  }

  private void cancelRetry() {
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
  }
}
