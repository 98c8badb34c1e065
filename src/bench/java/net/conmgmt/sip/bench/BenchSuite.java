package net.conmgmt.sip.bench;

import java.util.List;

/** Measurements that belong together. A new one is entered in {@link Bench#SUITES}. */
interface BenchSuite {

  /** A word that chooses this suite on the command line. */
  String name();

  /** Measures ours and theirs in turn; takes as long as that needs. */
  List<Measure> run() throws Exception;
}
