package net.conmgmt.sip.simulation;

import java.util.concurrent.RejectedExecutionException;
import net.conmgmt.sip.internal.connection.StackWorkers;

/** The workers of one process: what they are given begins in any order, a little later. */
final class SimulatedWorkers extends StackWorkers {

  private static final int SIZE = 8;

  private final World world;
  private final World.Life process;
  private boolean started;

  SimulatedWorkers(World world, World.Life process) {
    super(SIZE);
    this.world = world;
    this.process = process;
  }

  @Override
  public void execute(Runnable work) {
    if (!started) {
      throw new RejectedExecutionException("The stack is not started");
    }
    world.in(process, world.dice.pace(), work);
  }

  @Override
  public boolean isOwnThread() {
    return true;
  }

  @Override
  public void start(String threadName) {
    started = true;
  }

  @Override
  public void stop() {
    started = false;
  }
}
