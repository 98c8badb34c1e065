package net.conmgmt.sip.bench;

import java.lang.management.ManagementFactory;
import java.util.List;
import net.conmgmt.sip.internal.connection.ProxyTimers;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.time.SimulatedScheduler;

/**
 * A million connections of a proxy in virtual time, with the real timers of each. Every connection
 * has negotiated T = 300 s and its client pings after two thirds of that, for an hour. The memory
 * of a connection is that of its timers, of their pending task and of the instants of its traffic.
 */
final class SimulationSuite implements BenchSuite {

  private static final int COUNT = 1_000_000;
  private static final int STEPS_PER_PERIOD = 1_000;
  private static final int PERIOD_SECONDS = 200;
  private static final int PERIODS = 18;

  private int fired;

  @Override
  public String name() {
    return "simulation";
  }

  @Override
  public void run(Results results) {
    ProxyTimers.Effects effects =
        new ProxyTimers.Effects() {
          @Override
          public void expiryTimerFired() {
            fired++;
          }
        };
    SimulatedScheduler time = new SimulatedScheduler();
    Traffic[] all = new Traffic[COUNT];
    long before = usedHeap();
    long step = PERIOD_SECONDS * 1_000_000_000L / STEPS_PER_PERIOD;
    // They come evenly over the first period, and so do their pings in all later ones.
    for (int i = 0; i < COUNT; i++) {
      if (i % (COUNT / STEPS_PER_PERIOD) == 0) {
        time.advance(step);
      }
      Traffic traffic = new Traffic(time);
      ProxyTimers timers = new ProxyTimers(traffic, effects);
      timers.start(32, 932);
      traffic.bytesReceived();
      timers.successSent();
      timers.startExpiry(300, 32);
      traffic.bytesSent();
      all[i] = traffic;
    }
    double bytes = (usedHeap() - before) / (double) COUNT;
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (int i = 0; i < COUNT * PERIODS; i++) {
      if (i % (COUNT / STEPS_PER_PERIOD) == 0) {
        time.advance(step);
      }
      Traffic traffic = all[i % COUNT];
      traffic.bytesReceived();
      traffic.bytesSent();
    }
    double seconds = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu) / 1e9;
    if (fired > 0) {
      throw new IllegalStateException(fired + " connections expired though all of them pinged");
    }
    results.addAll(
        List.of(
            Measure.atMost("simulation, 1,000,000 connections, heap each", "B", bytes, 150),
            Measure.shown("simulation, CPU for an hour of them", "s", seconds)));
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
