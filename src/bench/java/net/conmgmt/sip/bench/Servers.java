package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The kinds of stack that are compared. All else is the same: JVM, application, log. */
enum Servers {
  /** This library with its default kind of I/O. */
  OURS("net.conmgmt.sip.transport.ManagedMessageProcessorFactory", "on"),
  /** The same without keep-alive management. */
  OURS_UNMANAGED("net.conmgmt.sip.transport.ManagedMessageProcessorFactory", "off"),
  STOCK_NIO("gov.nist.javax.sip.stack.NioMessageProcessorFactory", "off"),
  STOCK_BLOCKING("gov.nist.javax.sip.stack.OIOMessageProcessorFactory", "off");

  private final String factory;
  private final String keepAlive;

  Servers(String factory, String keepAlive) {
    this.factory = factory;
    this.keepAlive = keepAlive;
  }

  List<String> properties() {
    return List.of(
        "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY=" + factory,
        "net.conmgmt.sip.KEEP_ALIVE=" + keepAlive);
  }

  /** A running server. Not thread-safe. */
  static final class Running extends ChildJvm {

    private final int port;

    private Running(List<String> options, List<String> properties) throws IOException {
      super(options, SipServer.class, properties);
      port = (int) answer()[0];
    }

    int port() {
      return port;
    }
  }

  /** Starts a server of this kind with further stack properties, each {@code name=value}. */
  Running start(List<String> jvmOptions, String... further) throws IOException {
    List<String> all = new ArrayList<>(properties());
    all.addAll(Arrays.asList(further));
    return new Running(jvmOptions, all);
  }
}
