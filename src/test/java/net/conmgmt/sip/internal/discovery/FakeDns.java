package net.conmgmt.sip.internal.discovery;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** DNS in memory: an SRV query stays open until it is answered; addresses are answered at once. */
final class FakeDns implements DnsLookup {

  final List<String> log = new ArrayList<>();
  final Map<String, DnsAnswer<InetAddress>> hosts = new HashMap<>();
  private final Map<String, CompletableFuture<DnsAnswer<ServiceRecord>>> open = new HashMap<>();

  @Override
  public CompletableFuture<DnsAnswer<ServiceRecord>> srv(String name) {
    log.add("SRV " + name);
    CompletableFuture<DnsAnswer<ServiceRecord>> future = new CompletableFuture<>();
    open.put(name, future);
    return future;
  }

  @Override
  public CompletableFuture<DnsAnswer<InetAddress>> addresses(String name) {
    log.add("A " + name);
    return CompletableFuture.completedFuture(
        hosts.getOrDefault(name, DnsAnswer.none("no such name (NXDOMAIN)")));
  }

  void host(String name, String... addresses) {
    List<InetAddress> parsed = new ArrayList<>();
    for (String address : addresses) {
      parsed.add(Objects.requireNonNull(AddressOfRecord.parseIp(address)));
    }
    hosts.put(name, DnsAnswer.found(parsed));
  }

  void answer(Service service, ServiceRecord... records) {
    complete(
        service,
        records.length == 0
            ? DnsAnswer.none("no such name (NXDOMAIN)")
            : DnsAnswer.found(List.of(records)));
  }

  void answerOthersWithNothing(Service... except) {
    for (Service service : Service.values()) {
      if (open.containsKey(service.queryName("contoso.com"))
          && !List.of(except).contains(service)) {
        answer(service);
      }
    }
  }

  void complete(Service service, DnsAnswer<ServiceRecord> answer) {
    Objects.requireNonNull(open.remove(service.queryName("contoso.com"))).complete(answer);
  }
}
