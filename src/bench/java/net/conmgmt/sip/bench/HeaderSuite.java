package net.conmgmt.sip.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** {@link HeaderBench} as measures: at most half of the time and a third of the garbage. */
final class HeaderSuite implements BenchSuite {

  private static final double TIME = 0.5;
  private static final double GARBAGE = 1.0 / 3;

  @Override
  public String name() {
    return "header";
  }

  @Override
  public List<Measure> run() throws Exception {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(HeaderBench.class.getName() + "\\.")
                    .addProfiler(GCProfiler.class)
                    .build())
            .run();
    Map<String, RunResult> byMethod = new HashMap<>();
    for (RunResult result : results) {
      String full = result.getParams().getBenchmark();
      byMethod.put(full.substring(full.lastIndexOf('.') + 1), result);
    }
    List<Measure> measures = new ArrayList<>();
    for (String what : List.of("parse", "encode", "append")) {
      RunResult theirs = of(byMethod, what + "SessionExpires");
      for (String which : List.of("Offer", "Answer")) {
        RunResult ours = byMethod.get(what + which);
        if (ours != null) {
          String name = what + " " + which.toLowerCase(Locale.ROOT);
          measures.add(Measure.cost(name + ", time", "ns", time(ours), time(theirs), TIME));
          measures.add(
              Measure.cost(name + ", garbage", "B", garbage(ours), garbage(theirs), GARBAGE));
        }
      }
    }
    return measures;
  }

  private static RunResult of(Map<String, RunResult> results, String method) {
    RunResult result = results.get(method);
    if (result == null) {
      throw new IllegalStateException("Expected a result of " + method + ", found " + results);
    }
    return result;
  }

  /** The median, which another process on the machine moves less than the mean. */
  private static double time(RunResult result) {
    return result.getPrimaryResult().getStatistics().getPercentile(50);
  }

  private static double garbage(RunResult result) {
    Result<?> garbage = result.getSecondaryResults().get("gc.alloc.rate.norm");
    if (garbage != null) {
      return garbage.getStatistics().getPercentile(50);
    }
    throw new IllegalStateException("The garbage profiler gave no bytes per operation");
  }
}
