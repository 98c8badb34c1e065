package net.conmgmt.sip.scenarios;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Stacks;

/** A transport that a scenario runs over: whose it is, its kind of I/O, and TCP or TLS. */
record Setup(boolean managed, String io, String transport) {

  private static final String FACTORY = "gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY";
  private static final String STOCK_NIO = "gov.nist.javax.sip.stack.NioMessageProcessorFactory";

  /** Every implementation over TCP and over TLS. */
  static List<Setup> all() {
    List<Setup> all = new ArrayList<>();
    for (String transport : List.of("tcp", "tls")) {
      all.add(new Setup(false, "blocking", transport));
      all.add(new Setup(false, "nio", transport));
      IoKinds.all().forEach(io -> all.add(new Setup(true, io, transport)));
    }
    return all;
  }

  /** Every implementation, over TLS only. */
  static List<Setup> overTls() {
    return all().stream().filter(Setup::tls).toList();
  }

  /** Our own implementations, over TCP and over TLS. */
  static List<Setup> ours() {
    return all().stream().filter(Setup::managed).toList();
  }

  boolean tls() {
    return transport.equals("tls");
  }

  /**
   * How long an event is waited for. What the RI's own transports lose never comes, and a scenario
   * that fails over them is only left out.
   */
  int patienceSeconds() {
    return managed ? 30 : 5;
  }

  /** The transport as it stands in a Via header field. */
  String viaTransport() {
    return transport.toUpperCase(Locale.ROOT);
  }

  /** The stack properties that choose the implementation. */
  Properties properties() {
    if (managed) {
      return Stacks.managed(IoKinds.PROPERTY, io);
    }
    Properties properties = new Properties();
    if (io.equals("nio")) {
      properties.setProperty(FACTORY, STOCK_NIO);
    }
    return properties;
  }

  @Override
  public String toString() {
    return (managed ? "managed-" : "stock-") + io + "/" + transport;
  }
}
