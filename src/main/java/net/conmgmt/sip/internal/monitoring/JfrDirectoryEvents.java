package net.conmgmt.sip.internal.monitoring;

import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.directory.EndpointDirectory;

/**
 * Events of the endpoint directory for the JDK's Flight Recorder. As with {@link JfrEvents}, none
 * is loaded before the recorder has been used. Thread-safe.
 */
final class JfrDirectoryEvents implements EndpointDirectory.Listener {

  private final Supplier<DirectoryStatus> status;

  JfrDirectoryEvents(Supplier<DirectoryStatus> status) {
    this.status = status;
  }

  @Override
  public void leaseGained() {
    lease(true);
  }

  @Override
  public void leaseLost() {
    lease(false);
  }

  private void lease(boolean held) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.DirectoryLease event = new JfrEventTypes.DirectoryLease();
      if (event.shouldCommit()) {
        DirectoryStatus now = status.get();
        event.node = now.node();
        event.held = held;
        event.nodes = String.join(" ", now.nodes());
        event.endpoints = now.held();
        event.behind = now.behind();
        event.claims = now.claims();
        event.refused = now.refused();
        event.displaced = now.displaced();
        event.leasesLost = now.leasesLost();
        event.commit();
      }
    }
  }

  @Override
  public void displaced(DirectoryEntry lost, String newerNode) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.EndpointDisplaced event = new JfrEventTypes.EndpointDisplaced();
      if (event.shouldCommit()) {
        event.addressOfRecord = lost.endpoint().addressOfRecord();
        event.instance = lost.endpoint().instance();
        event.node = lost.node();
        event.epoch = lost.epoch();
        event.newerNode = newerNode;
        event.commit();
      }
    }
  }
}
