package net.conmgmt.sip.bench;

import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks of one class in JVMs of their own. */
final class Jmh {

  private final Map<String, RunResult> results = new HashMap<>();

  /** Runs them all, with the garbage that they make. */
  Jmh(Class<?> benchmarks) throws RunnerException {
    for (RunResult result :
        new Runner(
                new OptionsBuilder()
                    .include(benchmarks.getName() + "\\.")
                    .addProfiler(GCProfiler.class)
                    .build())
            .run()) {
      String full = result.getParams().getBenchmark();
      String method = full.substring(full.lastIndexOf('.') + 1);
      results.put(method, result);
      for (String parameter : result.getParams().getParamsKeys()) {
        results.put(method + " " + result.getParams().getParam(parameter), result);
      }
    }
  }

  boolean has(String method) {
    return results.containsKey(method);
  }

  /** The median, which another process on the machine moves less than the mean. */
  double time(String method) {
    return of(method).getPrimaryResult().getStatistics().getPercentile(50);
  }

  /** Bytes that one operation allocates. */
  double garbage(String method) {
    Result<?> garbage = of(method).getSecondaryResults().get("gc.alloc.rate.norm");
    if (garbage != null) {
      return garbage.getStatistics().getPercentile(50);
    }
    throw new IllegalStateException("The garbage profiler gave no bytes per operation");
  }

  private RunResult of(String method) {
    RunResult result = results.get(method);
    if (result == null) {
      throw new IllegalStateException(
          "Expected a result of " + method + ", found " + results.keySet());
    }
    return result;
  }
}
