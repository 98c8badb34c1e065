package net.conmgmt.samples.proxy;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.SipListener;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The listener of the provider from its first moment on: clients come as soon as the port is open,
 * and the stack drops their messages where nobody listens. Here they wait until the proxy is
 * complete. Thread-safe.
 */
final class Entrance implements SipListener {

  private static final Logger LOG = LogManager.getLogger(Entrance.class);

  private final CompletableFuture<SipListener> proxy = new CompletableFuture<>();

  void open(SipListener complete) {
    proxy.complete(complete);
  }

  /** Nobody waits any longer for a proxy that did not become complete. */
  void shut() {
    proxy.cancel(false);
  }

  private void pass(Consumer<SipListener> event) {
    try {
      event.accept(proxy.join());
    } catch (CancellationException e) {
      LOG.debug("The proxy did not start", e);
    }
  }

  @Override
  public void processRequest(RequestEvent event) {
    pass(listener -> listener.processRequest(event));
  }

  @Override
  public void processResponse(ResponseEvent event) {
    pass(listener -> listener.processResponse(event));
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    pass(listener -> listener.processTimeout(event));
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    pass(listener -> listener.processIOException(event));
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {
    pass(listener -> listener.processTransactionTerminated(event));
  }

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {
    pass(listener -> listener.processDialogTerminated(event));
  }
}
