package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Carries queries to DNS servers and brings the responses back. Thread-safe. */
interface DnsTransport {

  /** Takes what comes, on the thread that waits for it, and must not block. */
  interface Listener {
    /** A message came. Returns whether it is the answer, which ends the exchange. */
    boolean received(byte[] message);

    /** The exchange has ended without an answer. */
    void failed(IOException cause);
  }

  /** One query to one server and what comes back. */
  interface Exchange {
    /** Ends it; nothing is told after that. */
    void close();
  }

  /**
   * Sends {@code query}.
   *
   * @param longest when the exchange ends by itself, should nobody close it
   */
  Exchange ask(
      InetSocketAddress server, boolean tcp, byte[] query, Duration longest, Listener listener)
      throws IOException;
}
