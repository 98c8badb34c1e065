/**
 * Measurements of what the library costs beside the RI's own code. {@code mvn -B -Pbench verify}
 * runs every {@link net.conmgmt.sip.bench.BenchSuite} of {@link net.conmgmt.sip.bench.Bench}.
 */
package net.conmgmt.sip.bench;
