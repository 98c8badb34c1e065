package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.stack.MessageProcessor;
import javax.sip.ObjectInUseException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What to do about a listening point that could not start. */
final class FailedStart {

  private static final Logger LOG = LogManager.getLogger(FailedStart.class);

  private FailedStart() {}

  /**
   * Stops it and takes it out of the stack, which has entered it before its start, and would give
   * it to the next who asks for it.
   */
  static void undo(MessageProcessor processor) {
    try {
      ((SipStackImpl) processor.getSIPStack()).deleteListeningPoint(processor.getListeningPoint());
    } catch (ObjectInUseException e) {
      LOG.warn("{} did not start, but the stack could not be made to forget it", processor, e);
    }
  }
}
