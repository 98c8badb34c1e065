package net.conmgmt.sip.simulation;

import java.util.List;
import net.conmgmt.sip.simulation.Plants.Plant;

/** Faults of a proxy that shares a directory with others, to be planted one at a time. */
final class ClusterPlants {

  private static final String DIRECTORY = "internal/directory/";

  static final List<Plant> ALL =
      List.of(
          new Plant(
              "no fence: what is repeated counts as if the endpoint had come just now",
              DIRECTORY + "LocalClaim.java",
              "isGranted() ? epoch : lease.micros(arrivedNanos),",
              "lease.micros(nowNanos),"),
          new Plant(
              "no lease: a proxy counts for ever",
              DIRECTORY + "NodeLease.java",
              "        && lease.untilMicros() > clock.micros(scheduler.nanoTime());",
              "        && lease.untilMicros() > 0;"),
          new Plant(
              "no incarnation: what a proxy entered in an earlier life counts again",
              DIRECTORY + "NodeLease.java",
              "        && lease.incarnation() == entry.incarnation()",
              "        && lease.incarnation() >= entry.incarnation()"),
          new Plant(
              "no reconciliation: nothing is repeated after an interruption",
              DIRECTORY + "DirectoryNode.java",
              "      claims.enqueueAll();",
              ""),
          new Plant(
              "no reconciliation from time to time: a lost hint is never made up for",
              DIRECTORY + "NodeLease.java",
              "        everythingAgain |= held;",
              "        everythingAgain |= false;"),
          new Plant(
              "a connection that another proxy has replaced stays",
              DIRECTORY + "StackDirectory.java",
              "    if (connection != null) {",
              "    if (connection != null && newerNode.isEmpty()) {"));

  private ClusterPlants() {}
}
