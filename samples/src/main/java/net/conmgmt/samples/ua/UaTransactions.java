package net.conmgmt.samples.ua;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import javax.sip.ClientTransaction;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.InvalidArgumentException;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.address.Hop;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The stack's events as futures: one for the final response of each request. Thread-safe. */
final class UaTransactions implements SipListener {

  private static final Logger LOG = LogManager.getLogger(UaTransactions.class);

  /** A request that has no final response yet, and the way that it went. */
  private record Waiting(CompletableFuture<Response> answer, Flow flow) {}

  /** Answers what comes in. */
  interface Server {
    Response answer(Request request) throws java.text.ParseException;
  }

  private final SipStack stack;
  private final SipProvider provider;
  private final UaRequests requests;
  private final Server server;
  private final Map<Long, Waiting> pending = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();

  UaTransactions(SipStack stack, SipProvider provider, UaRequests requests, Server server) {
    this.stack = stack;
    this.provider = provider;
    this.requests = requests;
    this.server = server;
  }

  /** Sends a request; completes with its final response, or with why there is none. */
  CompletableFuture<Response> send(Request request) {
    CompletableFuture<Response> answer = new CompletableFuture<>();
    Long number = numbers.incrementAndGet();
    CompletableFuture<Response> result =
        answer.whenComplete((response, failure) -> pending.remove(number));
    try {
      // Waits for a discovery; only then is it known with which transport the request goes.
      Hop hop = stack.getRouter().getNextHop(request);
      requests.setTransport(request, hop.getTransport());
      pending.put(
          number,
          new Waiting(answer, new Flow(hop.getHost(), hop.getPort(), hop.getTransport(), null)));
      ClientTransaction transaction = provider.getNewClientTransaction(request);
      transaction.setApplicationData(answer);
      transaction.sendRequest();
    } catch (SipException | InvalidArgumentException | java.text.ParseException e) {
      answer.completeExceptionally(e);
    }
    return result;
  }

  /**
   * A connection has gone: nobody waits on it for the stack's timers. That a discovery closes
   * others is no matter of the requests that go on.
   */
  void connectionGone(ManagedConnection connection, String why) {
    failWhere(flow -> flow.isOn(connection), new ConnectionLostException(why));
  }

  private void failWhere(Predicate<Flow> condition, IOException failure) {
    for (Waiting waiting : pending.values()) {
      if (condition.test(waiting.flow())) {
        waiting.answer().completeExceptionally(failure);
      }
    }
  }

  /** The connection has ended on which an answer was waited for. */
  static final class ConnectionLostException extends IOException {
    private static final long serialVersionUID = 1L;

    ConnectionLostException(String why) {
      super(why);
    }
  }

  @SuppressWarnings("unchecked")
  private static CompletableFuture<Response> answerOf(ClientTransaction transaction) {
    return (CompletableFuture<Response>) transaction.getApplicationData();
  }

  @Override
  public void processResponse(ResponseEvent event) {
    ClientTransaction transaction = event.getClientTransaction();
    if (transaction != null && event.getResponse().getStatusCode() >= 200) {
      answerOf(transaction).complete(event.getResponse());
    }
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    ClientTransaction transaction = event.getClientTransaction();
    if (transaction != null) {
      answerOf(transaction)
          .completeExceptionally(
              new IOException("no answer to " + transaction.getRequest().getMethod() + " in time"));
    }
  }

  @Override
  public void processRequest(RequestEvent event) {
    Request request = event.getRequest();
    if (Request.ACK.equals(request.getMethod())) {
      return;
    }
    try {
      ServerTransaction given = event.getServerTransaction();
      ServerTransaction transaction =
          given == null ? provider.getNewServerTransaction(request) : given;
      transaction.sendResponse(server.answer(request));
    } catch (SipException | InvalidArgumentException | java.text.ParseException e) {
      LOG.warn("Answering {} failed", request.getMethod(), e);
    }
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    Flow failed = new Flow(event.getHost(), event.getPort(), event.getTransport(), null);
    failWhere(
        failed::isSameWayAs,
        new IOException(
            "sending to "
                + event.getHost()
                + ":"
                + event.getPort()
                + "/"
                + event.getTransport()
                + " failed"));
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {
    LOG.trace("A transaction has ended");
  }

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {
    LOG.trace("This user agent has no dialogs");
  }
}
