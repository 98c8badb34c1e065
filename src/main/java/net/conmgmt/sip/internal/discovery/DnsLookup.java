package net.conmgmt.sip.internal.discovery;

import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;

/**
 * Asks the two kinds of DNS question that autodiscovery needs. Names are absolute, with or without
 * final dot. The futures complete on any thread, never exceptionally, and within the time limit of
 * a query. Thread-safe; no call blocks.
 */
interface DnsLookup {

  /** The SRV records of {@code name}, as they came. */
  CompletableFuture<DnsAnswer<ServiceRecord>> srv(String name);

  /** The addresses of {@code name}, freshly asked, in the order of the answer. */
  CompletableFuture<DnsAnswer<InetAddress>> addresses(String name);
}
