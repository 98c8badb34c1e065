package net.conmgmt.sip.internal.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.internal.time.Scheduler;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Implements {@link DnsLookup} with dnsjava, using its own resolvers and no cache. Thread-safe. */
final class DnsJavaLookup implements DnsLookup {

  private final List<InetSocketAddress> servers;
  private final DnsTransport transport;
  private final Scheduler scheduler;
  private final Duration timeout;
  private final int retries;
  private final boolean ipv6;
  // What one query learns of a server spares the others a silent round.
  private final Set<InetSocketAddress> withoutEdns = ConcurrentHashMap.newKeySet();

  /**
   * Makes a look-up that asks {@code servers}.
   *
   * @param timeout bounds each query, its retries, TCP and aliases included
   * @param retries how often each server is asked again at most
   * @param ipv6 whether addresses are AAAA records besides A
   */
  DnsJavaLookup(
      List<InetSocketAddress> servers,
      Scheduler scheduler,
      Duration timeout,
      int retries,
      boolean ipv6) {
    this(servers, DnsSockets.SHARED, scheduler, timeout, retries, ipv6);
  }

  /** The same over another way to the servers. */
  DnsJavaLookup(
      List<InetSocketAddress> servers,
      DnsTransport transport,
      Scheduler scheduler,
      Duration timeout,
      int retries,
      boolean ipv6) {
    this.transport = transport;
    this.servers = List.copyOf(servers);
    this.scheduler = scheduler;
    this.timeout = timeout;
    this.retries = retries;
    this.ipv6 = ipv6;
  }

  @Override
  public CompletableFuture<DnsAnswer<ServiceRecord>> srv(String name) {
    return query(name, Type.SRV)
        .thenApply(
            answer -> {
              List<ServiceRecord> records = new ArrayList<>();
              for (Record record : answer.records()) {
                if (record instanceof SRVRecord srv) {
                  records.add(
                      new ServiceRecord(
                          srv.getPriority(),
                          srv.getWeight(),
                          srv.getPort(),
                          srv.getTarget().equals(Name.root)
                              ? "."
                              : DnsNames.hostOf(srv.getTarget())));
                }
              }
              return new DnsAnswer<>(answer.kind(), records, answer.detail());
            });
  }

  @Override
  public CompletableFuture<DnsAnswer<InetAddress>> addresses(String name) {
    CompletableFuture<DnsAnswer<InetAddress>> a = query(name, Type.A).thenApply(this::addressesIn);
    if (!ipv6) {
      return a;
    }
    return a.thenCombine(
        query(name, Type.AAAA).thenApply(this::addressesIn), DnsJavaLookup::together);
  }

  private DnsAnswer<InetAddress> addressesIn(DnsAnswer<Record> answer) {
    List<InetAddress> addresses = new ArrayList<>();
    for (Record record : answer.records()) {
      if (record instanceof ARecord a) {
        addresses.add(a.getAddress());
      } else if (record instanceof AAAARecord aaaa) {
        addresses.add(aaaa.getAddress());
      }
    }
    return new DnsAnswer<>(answer.kind(), addresses, answer.detail());
  }

  /** A before AAAA; a failure of one of them is no failure while the other has addresses. */
  private static DnsAnswer<InetAddress> together(
      DnsAnswer<InetAddress> a, DnsAnswer<InetAddress> aaaa) {
    List<InetAddress> all = new ArrayList<>(a.records());
    all.addAll(aaaa.records());
    if (!all.isEmpty()) {
      return DnsAnswer.found(all);
    }
    String detail =
        a.detail().equals(aaaa.detail()) ? a.detail() : a.detail() + "; " + aaaa.detail();
    boolean failed = a.kind() == DnsAnswer.Kind.FAILED || aaaa.kind() == DnsAnswer.Kind.FAILED;
    return failed ? DnsAnswer.failed(detail) : DnsAnswer.none(detail);
  }

  private CompletableFuture<DnsAnswer<Record>> query(String name, int type) {
    Name absolute;
    try {
      absolute = DnsNames.absolute(name);
    } catch (TextParseException e) {
      return CompletableFuture.completedFuture(
          DnsAnswer.failed("'" + name + "' is no DNS name: " + e.getMessage()));
    }
    return new DnsQuery(
            servers, withoutEdns, transport, scheduler, timeout, retries, absolute, type)
        .start();
  }
}
