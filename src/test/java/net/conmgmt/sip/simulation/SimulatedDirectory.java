package net.conmgmt.sip.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.directory.MemoryStore;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * The store that the proxies of a world share, and what goes wrong between it and them: a proxy is
 * cut off, hears no answers or no hints, or waits for them; the store stops and comes back with or
 * without its data. Each process hears of it in order, on its own thread.
 */
final class SimulatedDirectory {

  /** What can go wrong; each for a while. */
  enum Fault {
    CUT_OFF,
    NO_ANSWERS,
    NO_HINTS,
    SLOW,
    STORE_AWAY,
    STORE_EMPTIED
  }

  static final int LEASE_SECONDS = 10;

  private static final long SECOND = 1_000_000_000L;
  private static final long CHECK_NANOS = SECOND / 4;

  private final World world;
  private final Dice dice;
  private final MemoryStore store;
  private final Map<Host, Way> ways = new LinkedHashMap<>();
  private final List<Runnable> whenEmptied = new ArrayList<>();
  private final Map<String, Long> renewedAt = new HashMap<>();

  /** The world of this seed has one; its faults are drawn apart from all else. */
  SimulatedDirectory(World world, long seed) {
    this.world = world;
    dice = new Dice(seed * 0x9E3779B97F4A7C15L + 2);
    store = new MemoryStore(new NetworkTime(world));
  }

  /** Whether the proxies of this seed share a directory. */
  static boolean isIn(Scenario scenario) {
    return new Dice(scenario.seed() * 0x9E3779B97F4A7C15L + 3).chance(10);
  }

  /** Proxies of that name share it from now on. */
  void joinedBy(Host host) {
    host.properties.put(Key.ENDPOINT_DIRECTORY, "memory:");
    host.properties.put(Key.NODE, nodeOf(host));
    host.properties.put(Key.DIRECTORY_LEASE, String.valueOf(LEASE_SECONDS));
  }

  static String nodeOf(Host host) {
    return host.address("TCP").getAddress().getHostAddress() + ":5060";
  }

  /** The way of a process that has just started. */
  DirectoryStore storeOf(Host host) {
    Way way = new Way(host);
    ways.put(host, way);
    return way;
  }

  void whenEmptied(Runnable action) {
    whenEmptied.add(action);
  }

  long heldEntries() {
    return store.heldEntries();
  }

  /** Whether it hears that proxy, which may not hear it. */
  boolean hears(Host host) {
    Way way = ways.get(host);
    return way != null && way.cuts == 0 && !way.blocked;
  }

  /** When that node last asked for its lease and was heard. */
  long renewedAt(String node) {
    return renewedAt.getOrDefault(node, 0L);
  }

  /** Lets things go wrong until then. */
  void begin(long untilNanos) {
    world.in(world.network, CHECK_NANOS, this::followMachines);
    next(untilNanos);
  }

  private void next(long untilNanos) {
    long pause = dice.nanos(2, 60);
    if (world.elapsed() + pause < untilNanos) {
      world.in(
          world.network,
          pause,
          () -> {
            goWrong(untilNanos);
            next(untilNanos);
          });
    }
  }

  private void goWrong(long untilNanos) {
    Fault fault = dice.of(Fault.values());
    long nanos = dice.chance(60) ? dice.nanos(0, 8) : dice.nanos(8, 60);
    long lasts = Math.min(nanos, untilNanos - world.elapsed());
    List<Way> all = new ArrayList<>(ways.values());
    Way one = all.get(dice.below(all.size()));
    world.coverage.count("directory: " + fault);
    world.note(one.host, "FAULT " + fault + " of the directory for " + lasts / 1e9 + " s");
    switch (fault) {
      case CUT_OFF -> {
        one.cut();
        world.in(world.network, lasts, one::heal);
      }
      case NO_ANSWERS -> {
        one.link.mute(true);
        world.in(world.network, lasts, () -> one.link.mute(false));
      }
      case NO_HINTS -> {
        one.link.losesHints(true);
        world.in(world.network, lasts, () -> one.link.losesHints(false));
      }
      case SLOW -> {
        one.link.takes(dice.nanos(0.01, 0.4));
        world.in(world.network, lasts, () -> one.link.takes(SECOND / 1_000));
      }
      case STORE_AWAY -> away(all, lasts, false);
      case STORE_EMPTIED -> away(all, lasts, true);
    }
  }

  private void away(List<Way> all, long nanos, boolean emptied) {
    all.forEach(Way::cut);
    world.in(
        world.network,
        nanos,
        () -> {
          if (emptied) {
            store.forgetAll();
            whenEmptied.forEach(Runnable::run);
          }
          all.forEach(Way::heal);
        });
  }

  /** A machine that nothing reaches does not reach the directory either. */
  private void followMachines() {
    for (Way way : ways.values()) {
      boolean unreachable = way.host.machine.unreachableUntil > world.elapsed();
      if (unreachable != way.blocked) {
        way.blocked = unreachable;
        if (unreachable) {
          way.cut();
        } else {
          way.heal();
        }
      }
    }
    world.in(world.network, CHECK_NANOS, this::followMachines);
  }

  /** The clock of the network, which no process stops. */
  private record NetworkTime(World world) implements Scheduler {
    @Override
    public long nanoTime() {
      return world.nanoTime();
    }

    @Override
    public Task schedule(Runnable task, long delayNanos) {
      world.in(world.network, delayNanos, task);
      // Nothing on the network is called back.
      return () -> {};
    }
  }

  /** The connection of one process. What it hears comes in order, when the process runs. */
  private final class Way implements DirectoryStore {
    private final Host host;
    private final World.Life process;
    private final MemoryStore.Link link = store.link();
    private final Queue<Runnable> inbox = new ArrayDeque<>();
    private final Interleaving.Lane thread = new Interleaving.Lane();
    private boolean started;
    private boolean blocked;
    private int cuts;

    Way(Host host) {
      this.host = host;
      process = host.process();
    }

    void cut() {
      if (cuts++ == 0 && started) {
        link.cut();
      }
    }

    void heal() {
      if (--cuts == 0 && started) {
        link.heal();
      }
    }

    private void renews(String node) {
      if (hears(host)) {
        renewedAt.put(node, world.elapsed());
      }
    }

    private void hear(Runnable what) {
      inbox.add(what);
      world.in(process, thread, 0, () -> inbox.remove().run());
    }

    private <T> CompletableFuture<T> heard(CompletableFuture<T> answer) {
      CompletableFuture<T> later = new CompletableFuture<>();
      CompletableFuture<?> unused =
          answer.whenComplete(
              (value, failure) ->
                  hear(
                      () -> {
                        if (failure == null) {
                          later.complete(value);
                        } else {
                          later.completeExceptionally(failure);
                        }
                      }));
      return later;
    }

    @Override
    public void start(String node, Events events) {
      started = true;
      link.start(
          node,
          new Events() {
            @Override
            public void connected() {
              hear(events::connected);
            }

            @Override
            public void disconnected(String why) {
              hear(() -> events.disconnected(why));
            }

            @Override
            public void displaced(Endpoint endpoint, long epoch, String newer) {
              hear(() -> events.displaced(endpoint, epoch, newer));
            }
          });
    }

    @Override
    public CompletableFuture<Nodes> join(String node, long former, long leaseMicros) {
      renews(node);
      return heard(link.join(node, former, leaseMicros));
    }

    @Override
    public CompletableFuture<Nodes> renew(String node, long incarnation, long leaseMicros) {
      renews(node);
      return heard(link.renew(node, incarnation, leaseMicros));
    }

    @Override
    public CompletableFuture<Boolean> leave(String node, long incarnation) {
      return heard(link.leave(node, incarnation));
    }

    @Override
    public CompletableFuture<Answer> claim(Claim claim) {
      return heard(link.claim(claim));
    }

    @Override
    public CompletableFuture<Boolean> release(
        Endpoint endpoint, String node, String flow, long epoch) {
      return heard(link.release(endpoint, node, flow, epoch));
    }

    @Override
    public CompletableFuture<List<Held>> lookup(String addressOfRecord) {
      return heard(link.lookup(addressOfRecord));
    }

    @Override
    public CompletableFuture<String> secret(String proposal) {
      return heard(link.secret(proposal));
    }

    @Override
    public void reconnect(String why) {
      link.reconnect(why);
    }

    @Override
    public void close() {
      link.close();
    }
  }
}
