package net.conmgmt.sip.bench;

/** Measurements that belong together. A new one is entered in {@link Bench#SUITES}. */
interface BenchSuite {

  /** A word that chooses this suite on the command line. */
  String name();

  /** Measures ours and theirs in turn, and adds each row as soon as it is known. */
  void run(Results results) throws Exception;
}
