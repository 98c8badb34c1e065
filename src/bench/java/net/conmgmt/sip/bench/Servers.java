package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The kinds of stack that are compared. All else is the same: JVM, application, log. */
enum Servers {
  /** This library with its default kind of I/O. */
  OURS("net.conmgmt.sip.transport.ManagedMessageProcessorFactory"),
  /**
   * The same without management: the role of a client has it leave alone what peers open. Without
   * the role, it would watch them though it negotiates nothing.
   */
  OURS_UNMANAGED(
      "net.conmgmt.sip.transport.ManagedMessageProcessorFactory"
          + " net.conmgmt.sip.KEEP_ALIVE=off net.conmgmt.sip.ROLE=client"),
  STOCK_NIO("gov.nist.javax.sip.stack.NioMessageProcessorFactory"),
  STOCK_BLOCKING("gov.nist.javax.sip.stack.OIOMessageProcessorFactory");

  private final String own;

  Servers(String factory) {
    own = "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY=" + factory;
  }

  /** The properties of such a stack and further ones, each {@code name=value}. */
  String properties(String... further) {
    return further.length == 0 ? own : own + " " + String.join(" ", further);
  }

  /** A JVM with one or more stacks. Not thread-safe. */
  static final class Running extends ChildJvm implements ServerProcess {

    private final double[] ports;

    private Running(Path javaHome, List<String> options, List<String> stacks) throws IOException {
      super(javaHome, options, SipServer.class, stacks);
      ports = answer();
    }

    /** Of the only stack or the first. */
    @Override
    public int port() {
      return port(0);
    }

    int port(int stack) {
      return (int) ports[stack];
    }
  }

  /** Starts a server of this kind with further stack properties, each {@code name=value}. */
  Running start(List<String> jvmOptions, String... further) throws IOException {
    return startOn(Jdks.OWN, jvmOptions, further);
  }

  /** The same on another JDK. */
  Running startOn(Path javaHome, List<String> jvmOptions, String... further) throws IOException {
    return new Running(javaHome, jvmOptions, List.of(properties(further)));
  }

  /** Starts a server of this kind and one of another in the same JVM. */
  Running startBeside(Servers other, List<String> jvmOptions) throws IOException {
    return new Running(Jdks.OWN, jvmOptions, List.of(properties(), other.properties()));
  }
}
