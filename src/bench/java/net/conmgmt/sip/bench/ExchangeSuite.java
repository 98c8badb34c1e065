package net.conmgmt.sip.bench;

import java.util.List;

/** {@link ExchangeBench} as a measure. */
final class ExchangeSuite implements BenchSuite {

  @Override
  public String name() {
    return "exchange";
  }

  @Override
  public List<Measure> run() throws Exception {
    Jmh jmh = new Jmh(ExchangeBench.class);
    return List.of(
        Measure.shown(
            "handler's work for a REGISTER and its 200, management on beside off",
            "ns",
            jmh.time("on"),
            jmh.time("off")));
  }
}
