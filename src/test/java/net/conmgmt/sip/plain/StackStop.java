package net.conmgmt.sip.plain;

import javax.sip.SipStack;

/**
 * Stops a stack and comes back when all of it has been done, but without the second for which the
 * RI sleeps before the last of it: the sleep, and nothing else, is interrupted.
 */
public final class StackStop {

  private static final int LOOK_AGAIN_MILLIS = 2;

  private StackStop() {}

  /** Does what {@code stack.stop()} does. */
  public static void of(SipStack stack) {
    Thread stopping = new Thread(stack::stop, "stop of " + stack.getStackName());
    stopping.start();
    try {
      while (stopping.isAlive()) {
        if (sleepsInTheRi(stopping.getStackTrace())) {
          stopping.interrupt();
        }
        stopping.join(LOOK_AGAIN_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean sleepsInTheRi(StackTraceElement[] frames) {
    int caller = 0;
    while (caller < frames.length && isSleep(frames[caller])) {
      caller++;
    }
    return caller > 0
        && caller < frames.length
        && frames[caller].getClassName().equals("gov.nist.javax.sip.stack.SIPTransactionStack")
        && frames[caller].getMethodName().equals("stopStack");
  }

  private static boolean isSleep(StackTraceElement frame) {
    return frame.getClassName().equals(Thread.class.getName())
        && frame.getMethodName().startsWith("sleep");
  }
}
