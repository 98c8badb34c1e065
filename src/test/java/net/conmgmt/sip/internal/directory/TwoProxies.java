package net.conmgmt.sip.internal.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.testing.VirtualScheduler;

/** Two proxies and their directory in virtual time: {@code seconds node event}. */
abstract class TwoProxies {

  static final Endpoint DESK = new Endpoint("sip:alice@contoso.com", "desk");
  static final Endpoint PHONE = new Endpoint("sip:alice@contoso.com", "phone");
  static final int LEASE = 10;

  final long clockStart;
  final VirtualScheduler time;
  final MemoryStore store;
  final List<String> log = new ArrayList<>();
  final Proxy a;
  final Proxy b;

  TwoProxies(long clockStart) {
    this.clockStart = clockStart;
    time = new VirtualScheduler(clockStart);
    store = new MemoryStore(time);
    a = new Proxy("a:5060");
    b = new Proxy("b:5060");
    time.advanceSeconds(1);
    log.clear();
  }

  final class Proxy implements DirectoryNode.Effects {
    final String name;
    final MemoryStore.Link link = store.new Link();
    final DirectoryNode node;
    Runnable whenDisplaced = () -> {};

    Proxy(String name) {
      this.name = name;
      node = new DirectoryNode(link, time, new DirectorySettings(name, LEASE, 100), this);
      node.start();
    }

    void claim(Endpoint endpoint, String flow) {
      node.claim(endpoint, flow, "sip:" + flow + "@192.0.2.1", true, 600);
    }

    List<String> sees(Endpoint endpoint) {
      CompletableFuture<List<DirectoryEntry>> found = node.lookup(endpoint.addressOfRecord());
      time.advance(20_000_000);
      return found.join().stream()
          .map(entry -> entry.endpoint().instance() + " " + entry.node() + " " + entry.flow())
          .toList();
    }

    @Override
    public void displaced(DirectoryEntry lost, String newerNode) {
      note("displaced " + lost.flow() + " by " + newerNode);
      whenDisplaced.run();
    }

    @Override
    public void leaseLost() {
      note("lease lost");
    }

    @Override
    public void leaseGained() {
      note("lease gained");
    }

    private void note(String what) {
      log.add((time.nanoTime() - clockStart) / 1_000_000_000 + " " + name + " " + what);
    }
  }

  final List<String> events() {
    List<String> events = List.copyOf(log);
    log.clear();
    return events;
  }
}
