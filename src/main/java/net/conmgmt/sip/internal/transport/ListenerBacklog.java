package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.EventScanner;
import gov.nist.javax.sip.EventWrapper;
import gov.nist.javax.sip.SipProviderImpl;
import gov.nist.javax.sip.SipStackImpl;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import javax.sip.ClientTransaction;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.SipListener;
import javax.sip.Timeout;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;

/**
 * Bounds how many messages of one connection wait for the application's listener. Where the
 * listener is not reentrant, the RI keeps all events of a stack in one queue without a bound, and a
 * connection that floods would have everybody wait behind its messages. So each so many messages an
 * event of this class goes into that queue; while two of them have not come out at its other end,
 * no further message of the connection is processed. Thread-safe.
 */
final class ListenerBacklog {

  /** Each so many messages, and at most twice as many wait. */
  static final int MESSAGES = 32;

  private static final int MOST_WAITING = 2;

  // Not AtomicInteger: each connection has one of these objects.
  private static final AtomicIntegerFieldUpdater<ListenerBacklog> COUNT =
      AtomicIntegerFieldUpdater.newUpdater(ListenerBacklog.class, "messages");
  private static final AtomicIntegerFieldUpdater<ListenerBacklog> WAITING =
      AtomicIntegerFieldUpdater.newUpdater(ListenerBacklog.class, "waiting");

  /** Whose messages they are. */
  interface Owner {
    /** {@link #isFull} has changed. */
    void backlogChanged();
  }

  private final Ends ends;
  private final Owner owner;

  // COUNT reads and writes it.
  @SuppressWarnings("UnusedVariable")
  private volatile int messages;

  private volatile int waiting;
  private volatile boolean ended;

  /** Nothing waits yet. */
  ListenerBacklog(Ends ends, Owner owner) {
    this.ends = ends;
    this.owner = owner;
  }

  /** Whether no further message should be processed for the present. */
  boolean isFull() {
    return !ended && waiting >= MOST_WAITING;
  }

  /** A message was passed on to the RI, and its event may wait for the listener. */
  void passed() {
    EventScanner scanner = ends.stack.getEventScanner();
    if (scanner == null || ends.stack.isReEntrantListener()) {
      return;
    }
    if (COUNT.incrementAndGet(this) % MESSAGES == 0) {
      if (WAITING.incrementAndGet(this) == MOST_WAITING) {
        owner.backlogChanged();
      }
      scanner.addEvent(new EventWrapper(new Delivered(ends), null));
    }
  }

  private void delivered() {
    if (WAITING.decrementAndGet(this) == MOST_WAITING - 1) {
      owner.backlogChanged();
    }
  }

  /** The connection has ended; what came before its end is processed. */
  void end() {
    ended = true;
    owner.backlogChanged();
  }

  /** All before it has been given to the listener. */
  private final class Delivered extends TimeoutEvent {
    private static final long serialVersionUID = 1L;

    Delivered(Ends source) {
      super(source, (ClientTransaction) null, Timeout.TRANSACTION);
    }

    private void tell() {
      delivered();
    }
  }

  /** Where the RI takes such an event to: a provider without any message. One for each stack. */
  static final class Ends extends SipProviderImpl {

    private static final SipListener LISTENER = new EventsOnly();

    private final SipStackImpl stack;

    Ends(SipStackImpl stack) {
      super(stack);
      this.stack = stack;
    }

    @Override
    public SipListener getSipListener() {
      return LISTENER;
    }
  }

  private static final class EventsOnly implements SipListener {
    @Override
    public void processTimeout(TimeoutEvent event) {
      ((Delivered) event).tell();
    }

    @Override
    public void processRequest(RequestEvent event) {}

    @Override
    public void processResponse(ResponseEvent event) {}

    @Override
    public void processIOException(IOExceptionEvent event) {}

    @Override
    public void processTransactionTerminated(TransactionTerminatedEvent event) {}

    @Override
    public void processDialogTerminated(DialogTerminatedEvent event) {}
  }
}
