package net.conmgmt.sip.bench;

import java.io.IOException;

/** A server on loopback in a process of its own. */
interface ServerProcess extends AutoCloseable {

  int port();

  long pid();

  @Override
  void close() throws IOException;
}
