package net.conmgmt.sip.bench;

/** {@link ExchangeBench} as a measure. */
final class ExchangeSuite implements BenchSuite {

  @Override
  public String name() {
    return "exchange";
  }

  @Override
  public void run(Results results) throws Exception {
    Jmh jmh = new Jmh(ExchangeBench.class);
    results.add(
        Measure.shown(
            "handler's work for a REGISTER and its 200, management on beside off",
            "ns",
            jmh.time("on"),
            jmh.time("off")));
  }
}
