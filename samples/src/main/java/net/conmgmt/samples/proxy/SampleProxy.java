package net.conmgmt.samples.proxy;

import gov.nist.javax.sip.message.SIPMessage;
import java.text.ParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import javax.sip.TimeoutEvent;
import javax.sip.TransactionAlreadyExistsException;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.TransactionUnavailableException;
import javax.sip.header.ContactHeader;
import javax.sip.header.ViaHeader;
import javax.sip.message.Message;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.registrar.RegisterHandler;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryEntry;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Outbound proxy and registrar as a plain JAIN-SIP listener. That connections are kept alive,
 * watched and closed is not its business: it reads on which connection a request came, and nothing
 * else. Thread-safe.
 */
final class SampleProxy implements SipListener, AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(SampleProxy.class);

  private final Sip sip;
  private final SipProvider provider;
  private final ConnectionManagement connections;
  private final boolean managed;
  private final ProxyRules rules;
  private final TargetFinder targets;
  private final LearnedFlows learned;
  private final boolean learns;
  private final Forwarder forwarder;
  private final @Nullable RegisterHandler registers;
  private final @Nullable Peers peers;

  /** An INVITE for whose callee the directory is asked. Touched by that thread only. */
  private static final class Asking {
    private boolean cancelled;
  }

  // One, so that the messages of a client stay in order.
  private final ExecutorService asking =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "sample-proxy-directory");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param managed whether every connection is a managed one
   * @param outbound whether clients register flows (RFC 5626)
   * @param registers null where this proxy is not the registrar
   * @param peers the proxies that share users with this one, or null
   * @param timeoutMillis how long the end of a cancelled request may take
   * @param timerCMillis how long an invitation may wait for its final response
   */
  SampleProxy(
      Sip sip,
      SipProvider provider,
      ConnectionManagement connections,
      boolean managed,
      boolean outbound,
      LocalAddresses local,
      TargetFinder targets,
      LearnedFlows learned,
      FlowTokens tokens,
      @Nullable RegisterHandler registers,
      @Nullable Peers peers,
      long timeoutMillis,
      long timerCMillis) {
    this.peers = peers;
    this.sip = sip;
    this.provider = provider;
    this.connections = connections;
    this.managed = managed;
    this.targets = targets;
    this.learned = learned;
    this.registers = registers;
    learns = registers == null;
    rules = new ProxyRules(sip, local, tokens, outbound ? connections : null, peers);
    forwarder = new Forwarder(sip, provider, rules, learned, timeoutMillis, timerCMillis);
    connections.addListener(
        new ConnectionManagementListener() {
          @Override
          public void closed(ManagedConnection connection, CloseReason reason, String detail) {
            tokens.forget(connection);
            learned.forget(connection);
            forwarder.connectionGone(connection);
            if (peers != null) {
              peers.ended(connection);
            }
          }
        });
  }

  /** How many forwarded requests are remembered. */
  int pending() {
    return forwarder.size();
  }

  @Override
  public void close() {
    asking.shutdownNow();
    forwarder.close();
  }

  @Override
  public void processRequest(RequestEvent event) {
    Request request = event.getRequest();
    if (Request.ACK.equals(request.getMethod())) {
      processAck(request);
      return;
    }
    ServerTransaction transaction = event.getServerTransaction();
    try {
      rules.completeMaxForwards(request);
      transaction = transaction == null ? provider.getNewServerTransaction(request) : transaction;
      process(request, transaction);
    } catch (TransactionAlreadyExistsException e) {
      LOG.debug("{} came again", request.getMethod(), e);
    } catch (TransactionUnavailableException e) {
      refuse(request, transaction, Response.BAD_REQUEST, e);
    } catch (ParseException | InvalidArgumentException | SipException | RuntimeException e) {
      refuse(request, transaction, Response.SERVER_INTERNAL_ERROR, e);
    }
  }

  /** Whatever went wrong, the sender gets an answer. */
  private void refuse(
      Request request, @Nullable ServerTransaction transaction, int status, Exception why) {
    LOG.info(
        "{} {} is answered with {}: {}",
        request.getMethod(),
        request.getRequestURI(),
        status,
        Failures.explanation(why));
    LOG.debug("{} {} failed", request.getMethod(), request.getRequestURI(), why);
    try {
      String reason = status == Response.BAD_REQUEST ? Failures.explanation(why) : null;
      Response response = sip.response(status, request, reason);
      if (transaction == null) {
        provider.sendResponse(response);
      } else {
        transaction.sendResponse(response);
      }
    } catch (ParseException | InvalidArgumentException | SipException e) {
      LOG.info("No error response could be sent: {}", Failures.explanation(e));
    }
  }

  private void process(Request request, ServerTransaction transaction)
      throws ParseException, InvalidArgumentException, SipException {
    Flow from = flowOf(request);
    if (from == null) {
      LOG.debug("{} dropped: its connection has closed", request.getMethod());
      transaction.terminate();
      return;
    }
    String method = request.getMethod();
    if (Request.CANCEL.equals(method)) {
      if (peers == null) {
        forwarder.cancel(transaction, request);
      } else {
        asking.execute(() -> cancel(request, transaction));
      }
      return;
    }
    String mark = ProxyRules.loopMark(request);
    RegisterHandler here = Request.REGISTER.equals(method) ? registers : null;
    Response refusal = rules.refusal(request, mark, from, here != null);
    if (refusal != null) {
      send(transaction, from, refusal);
      return;
    }
    String token = rules.removeOwnRoutes(request);
    if (here != null) {
      send(transaction, from, here.handle(request, from));
      return;
    }
    learn(request, from);
    Target target = targets.find(request, from, token);
    if (target instanceof Target.Ask ask && peers != null) {
      transaction.setApplicationData(new Asking());
      CompletableFuture<?> unused =
          peers
              .holders(ask.aor())
              .whenCompleteAsync(
                  (entries, failure) -> found(request, transaction, mark, from, ask.aor(), entries),
                  asking);
      return;
    }
    goOn(request, transaction, mark, from, target);
  }

  private void found(
      Request request,
      ServerTransaction transaction,
      String mark,
      Flow from,
      String aor,
      @Nullable List<DirectoryEntry> entries) {
    try {
      if (transaction.getApplicationData() instanceof Asking asked && asked.cancelled) {
        return;
      }
      Target target = targets.ofUser(request, aor, entries == null ? List.of() : entries);
      goOn(request, transaction, mark, from, target);
    } catch (ParseException | InvalidArgumentException | SipException | RuntimeException e) {
      refuse(request, transaction, Response.SERVER_INTERNAL_ERROR, e);
    }
  }

  /** Where others share the users: the CANCEL may come before it is known where its INVITE goes. */
  private void cancel(Request cancel, ServerTransaction transaction) {
    try {
      ServerTransaction invite = Forwarder.cancelledBy(transaction);
      if (invite != null && invite.getApplicationData() instanceof Asking asked) {
        asked.cancelled = true;
        transaction.sendResponse(sip.response(Response.OK, cancel, null));
        invite.sendResponse(sip.response(Response.REQUEST_TERMINATED, invite.getRequest(), null));
      } else {
        forwarder.cancel(transaction, cancel);
      }
    } catch (ParseException | InvalidArgumentException | SipException | RuntimeException e) {
      refuse(cancel, transaction, Response.SERVER_INTERNAL_ERROR, e);
    }
  }

  private void goOn(
      Request request, ServerTransaction transaction, String mark, Flow from, Target target)
      throws ParseException, InvalidArgumentException, SipException {
    if (target instanceof Target.Forward forward) {
      forwarder.forward(transaction, request, mark, from, List.of(forward));
    } else if (target instanceof Target.Several several) {
      forwarder.forward(transaction, request, mark, from, several.devices());
    } else {
      send(transaction, from, answer(request, target));
    }
  }

  /** Where the sender has gone, the stack would dial the address in Via. */
  private static void send(ServerTransaction transaction, Flow from, Response response)
      throws InvalidArgumentException, SipException {
    if (from.isUsable()) {
      transaction.sendResponse(response);
    } else {
      transaction.terminate();
    }
  }

  /** An ACK is never answered. */
  private void processAck(Request request) {
    try {
      Flow from = flowOf(request);
      String mark = ProxyRules.loopMark(request);
      if (from == null || rules.refusal(request, mark, from, false) != null) {
        LOG.debug("ACK to {} dropped: it may not go on", request.getRequestURI());
        return;
      }
      String token = rules.removeOwnRoutes(request);
      if (targets.find(request, from, token) instanceof Target.Forward forward
          && forward.flow().isUsable()) {
        forwarder.forwardAck(request, mark, from, forward);
      } else {
        LOG.debug("ACK to {} dropped: no target is known", request.getRequestURI());
      }
    } catch (ParseException | InvalidArgumentException | SipException | RuntimeException e) {
      LOG.info("An ACK could not be sent on: {}", Failures.explanation(e));
      LOG.debug("An ACK could not be sent on", e);
    }
  }

  /** The answer of a proxy that is itself addressed, or that found nobody. */
  private Response answer(Request request, Target target) throws ParseException {
    if (target instanceof Target.Answer answer) {
      return sip.response(answer.status(), request, answer.reason());
    }
    boolean understood = Request.OPTIONS.equals(request.getMethod());
    Response response =
        sip.response(understood ? Response.OK : Response.METHOD_NOT_ALLOWED, request, null);
    sip.allow(response, Sip.METHODS);
    return response;
  }

  private void learn(Request request, Flow from) {
    ContactHeader contact = (ContactHeader) request.getHeader(ContactHeader.NAME);
    if (learns
        && contact != null
        && !contact.isWildCard()
        && !Request.REGISTER.equals(request.getMethod())) {
      String key = Aor.contactKey(contact.getAddress().getURI());
      if (key != null) {
        learned.learn(key, from);
      }
    }
  }

  /** The connection on which a message came, or null when it has gone. */
  private @Nullable Flow flowOf(Message message) {
    SIPMessage received = (SIPMessage) message;
    Optional<ManagedConnection> connection =
        connections.connectionOf(message).filter(ManagedConnection::isOpen);
    if (managed && connection.isEmpty()) {
      return null;
    }
    ManagedConnection known = connection.orElse(null);
    String transport =
        known == null
            ? ((ViaHeader) message.getHeader(ViaHeader.NAME)).getTransport()
            : known.transport();
    return new Flow(
        received.getRemoteAddress().getHostAddress(), received.getRemotePort(), transport, known);
  }

  @Override
  public void processResponse(ResponseEvent event) {
    try {
      forwarder.relay(event.getResponse());
    } catch (ParseException | RuntimeException e) {
      LOG.warn("Relaying {} failed", event.getResponse().getStatusCode(), e);
    }
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    ClientTransaction transaction = event.getClientTransaction();
    if (transaction != null) {
      try {
        forwarder.timedOut(transaction);
      } catch (ParseException e) {
        LOG.warn("A time-out could not be reported upstream", e);
      }
    }
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    LOG.info("Sending to {}:{}/{} failed", event.getHost(), event.getPort(), event.getTransport());
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {
    // The pair of transactions held each other; the stack forgets both.
    LOG.trace("A transaction has ended");
  }

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {
    LOG.trace("A proxy has no dialogs");
  }
}
