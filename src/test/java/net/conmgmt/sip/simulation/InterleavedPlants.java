package net.conmgmt.sip.simulation;

import java.util.List;
import net.conmgmt.sip.simulation.Plants.Plant;

/**
 * Locks that are left out, one at a time. Each is a fault only where a step stands still in the
 * middle and another goes on, so only {@link Interleaving} finds it.
 */
final class InterleavedPlants {

  private static final String IO = "internal/";

  private static final String ADVANCE =
      """
        synchronized boolean advance(State from, State to) {
          if (state != from) {
            return false;
          }
          state = to;
          return true;
        }

        /** The same for a step that others are told of; {@link #tell} must follow, whatever fails. */
        synchronized boolean advanceAndTell(State from, State to) {
      """;

  static final List<Plant> ALL =
      List.of(
          new Plant(
              "no lock where a step of a connection is put behind the others",
              IO + "connection/SerialExecutor.java",
              "    synchronized (waiting) {\n      if (ended) {",
              "    synchronized (new Object()) {\n      if (ended) {"),
          new Plant(
              "no lock where a thread takes the next step of a connection",
              IO + "connection/SerialExecutor.java",
              "next(Runner me) {\n    synchronized (waiting) {",
              "next(Runner me) {\n    synchronized (new Object()) {"),
          new Plant(
              "two messages that are the first on a connection both connect",
              IO + "transport/ConnectionLifecycle.java",
              ADVANCE,
              ADVANCE.replace("synchronized ", "")));

  private InterleavedPlants() {}
}
