package net.conmgmt.sip.internal.config;

import gov.nist.javax.sip.EventScanner;
import gov.nist.javax.sip.EventWrapper;
import gov.nist.javax.sip.SipStackImpl;
import java.util.EventObject;

/**
 * Ends the thread that delivers a stack's events when the stack stops. The RI only sets a flag,
 * which that thread reads after its next event; there is no next event, so each stopped stack would
 * leave a thread behind for ever, with everything it refers to.
 */
final class EventThread {

  private EventThread() {}

  /** Once all events before have been delivered. Without effect on a stack that goes on. */
  static void endWith(SipStackImpl stack) {
    EventScanner scanner = stack.getEventScanner();
    if (!stack.isAlive() && scanner != null) {
      scanner.addEvent(new EventWrapper(new LastEvent(), null));
    }
  }

  /** The delivering thread asks an event where it comes from. This one ends the thread instead. */
  private static final class LastEvent extends EventObject {
    private static final long serialVersionUID = 1L;

    LastEvent() {
      super(LastEvent.class);
    }

    @Override
    public Object getSource() {
      Thread.currentThread().setUncaughtExceptionHandler((thread, end) -> {});
      throw new End();
    }
  }

  /** Passes the RI's handling of exceptions. */
  private static final class End extends Error {
    private static final long serialVersionUID = 1L;

    End() {
      super("The stack has stopped", null, false, false);
    }
  }
}
