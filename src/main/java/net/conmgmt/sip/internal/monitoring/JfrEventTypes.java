package net.conmgmt.sip.internal.monitoring;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import net.conmgmt.sip.ManagedConnection;

/** Defines the events for the JDK's Flight Recorder. */
final class JfrEventTypes {

  private JfrEventTypes() {}

  /** What all of them have in common. */
  @Category("SIP Connection Management")
  @StackTrace(false)
  abstract static class OfThisLibrary extends Event {}

  /** What every event of a connection says. */
  abstract static class OfConnection extends OfThisLibrary {
    @Label("Connection")
    long connection;

    @Label("Side")
    String side = "";

    @Label("Transport")
    String transport = "";

    @Label("Remote")
    String remote = "";

    final void describe(ManagedConnection of) {
      connection = of.id();
      side = of.side().name();
      transport = of.transport();
      remote = JfrEvents.remote(of);
    }
  }

  @Name("net.conmgmt.sip.ConnectionEstablished")
  @Label("Connection Established")
  static final class Established extends OfConnection {
    @Label("Peer Name")
    String peerName = "";
  }

  @Name("net.conmgmt.sip.KeepAliveNegotiated")
  @Label("Keep-Alive Negotiated")
  static final class Negotiated extends OfConnection {
    @Label("Dialect")
    String dialect = "";

    @Label("Timeout")
    @Timespan(Timespan.SECONDS)
    long timeout;

    @Label("Acts After")
    @Timespan(Timespan.SECONDS)
    long refresh;
  }

  @Name("net.conmgmt.sip.KeepAlive")
  @Label("Keep-Alive")
  static final class KeepAlive extends OfConnection {
    @Label("Direction")
    String direction = "";
  }

  @Name("net.conmgmt.sip.ConnectionClosed")
  @Label("Connection Closed")
  static final class Closed extends OfConnection {
    @Label("Reason")
    String reason = "";

    @Label("Detail")
    String detail = "";
  }

  /** How the endpoint directory stands when the lease of this proxy begins or ends. */
  @Name("net.conmgmt.sip.DirectoryLease")
  @Label("Directory Lease")
  static final class DirectoryLease extends OfThisLibrary {
    @Label("Node")
    String node = "";

    @Label("Held")
    boolean held;

    @Label("Nodes")
    String nodes = "";

    @Label("Endpoints")
    int endpoints;

    @Label("Behind")
    int behind;

    @Label("Claims")
    long claims;

    @Label("Refused")
    long refused;

    @Label("Displaced")
    long displaced;

    @Label("Leases Lost")
    long leasesLost;
  }

  @Name("net.conmgmt.sip.EndpointDisplaced")
  @Label("Endpoint Displaced")
  static final class EndpointDisplaced extends OfThisLibrary {
    @Label("Address-of-Record")
    String addressOfRecord = "";

    @Label("Instance")
    String instance = "";

    @Label("Node")
    String node = "";

    @Label("Epoch")
    long epoch;

    @Label("Newer Node")
    String newerNode = "";
  }

  @Name("net.conmgmt.sip.DiscoveryAttempt")
  @Label("Discovery Attempt")
  static final class DiscoveryAttempt extends OfThisLibrary {
    @Label("Domain")
    String domain = "";

    @Label("Candidate")
    String candidate = "";

    @Label("Address")
    String address = "";

    @Label("Outcome")
    String outcome = "";

    @Label("Detail")
    String detail = "";

    @Label("Took")
    @Timespan(Timespan.MILLISECONDS)
    long took;
  }
}
