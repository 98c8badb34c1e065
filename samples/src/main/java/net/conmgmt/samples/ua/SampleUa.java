package net.conmgmt.samples.ua;

import java.io.IOException;
import java.net.InetAddress;
import java.text.ParseException;
import java.util.List;
import java.util.TooManyListenersException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.sip.InvalidArgumentException;
import javax.sip.ListeningPoint;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.header.FromHeader;
import javax.sip.header.ToHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A user agent that registers, answers OPTIONS and MESSAGE, and sends messages. Finding the
 * outbound proxy and keeping the connection alive is done by the stack. Thread-safe.
 */
public final class SampleUa implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(SampleUa.class);

  private static final List<String> ANSWERED = List.of(Request.OPTIONS, Request.MESSAGE);
  private static final int LISTEN_ATTEMPTS = 5;
  private static final long END_SECONDS = 4;

  /** What a user agent is told. */
  public record Settings(
      String aor, String password, String listen, List<String> transports, int expiresSeconds) {}

  private final SipStack stack;
  private final ConnectionManagement connections;
  private final EventLog events;
  private final Consumer<String> console;
  private final Sip sip;
  private final UaRequests requests;
  private final UaTransactions transactions;
  private final Registration registration;
  private final ListeningAddress address;
  private final String aor;
  private final ScheduledExecutorService executor = executor();

  /**
   * Makes it; nothing is sent yet.
   *
   * @throws IllegalArgumentException when a property or an option has a bad value
   */
  public SampleUa(
      StackBuilder properties, Settings settings, EventLog events, Consumer<String> console)
      throws SipException,
          IOException,
          ParseException,
          InvalidArgumentException,
          TooManyListenersException {
    aor = settings.aor();
    this.events = events;
    this.console = console;
    sip = new Sip();
    stack = properties.build();
    boolean complete = false;
    try {
      connections = ConnectionManagement.of(stack);
      connections.addListener(events);
      SipProvider provider = listen(stack, settings.listen(), settings.transports());
      address = new ListeningAddress(stack, provider);
      requests = new UaRequests(sip, provider, aor);
      transactions = new UaTransactions(stack, provider, requests, this::answer);
      registration =
          new Registration(
              executor,
              RandomGenerator.getDefault(),
              new Agent(),
              requests,
              new DigestClient(sip.headers, Aor.userName(aor), settings.password()),
              aor,
              settings.expiresSeconds(),
              stack.getRouter().getOutboundProxy() == null,
              console);
      provider.addSipListener(transactions);
      connections.addListener(new ConnectionWatch());
      stack.start();
      complete = true;
    } finally {
      if (!complete) {
        stack.stop();
        executor.shutdownNow();
      }
    }
  }

  /** One thread; what comes when it has ended, such as the last close, concerns nobody. */
  private static ScheduledExecutorService executor() {
    return new ScheduledThreadPoolExecutor(
        1,
        work -> {
          Thread thread = new Thread(work, "sample-ua");
          thread.setDaemon(true);
          return thread;
        },
        new ThreadPoolExecutor.DiscardPolicy());
  }

  /** A provider with a listening point of each transport: the stack connects with no other. */
  public static SipProvider listen(SipStack stack, String address, List<String> transports)
      throws SipException, IOException {
    SipProvider provider = null;
    for (String transport : transports) {
      ListeningPoint point = listen(stack, address, transport);
      if (provider == null) {
        provider = stack.createSipProvider(point);
      } else {
        provider.addListeningPoint(point);
      }
    }
    if (provider == null) {
      throw new IllegalArgumentException("Expected a transport, found none");
    }
    return provider;
  }

  static ListeningPoint listen(SipStack stack, String address, String transport)
      throws SipException, IOException {
    for (int attempt = 1; ; attempt++) {
      int port = StackBuilder.freePort(address);
      try {
        return stack.createListeningPoint(address, port, transport);
      } catch (InvalidArgumentException e) {
        // Somebody took the port in between.
        if (attempt == LISTEN_ATTEMPTS) {
          throw new IOException(
              "Listening on " + address + " failed: " + Failures.explanation(e), e);
        }
        LOG.debug("Port {} is taken, trying another", port, e);
      }
    }
  }

  /** Registers; completes with the outcome of the first attempt, and goes on by itself. */
  public CompletableFuture<Void> register() {
    return registration.begin();
  }

  /** Why it is not registered now, or null when it is. */
  public @Nullable String problem() {
    return registration.lastFailure();
  }

  /** Closes its connection, as a change of the network does; it then registers again by itself. */
  public void reconnect() {
    for (ManagedConnection connection : connections.connections()) {
      if (connection.side() == ManagedConnection.Side.CLIENT) {
        connection.close("the user agent reconnects");
      }
    }
  }

  /** Sends a text; completes when it was accepted, exceptionally with why not. */
  public CompletableFuture<Void> message(String to, String text) {
    return CompletableFuture.supplyAsync(() -> buildMessage(to, text), executor)
        .thenComposeAsync(transactions::send, executor)
        .thenAccept(
            response -> {
              if (response.getStatusCode() / 100 != 2) {
                throw new IllegalStateException(
                    "MESSAGE to "
                        + to
                        + ": expected 200, found "
                        + response.getStatusCode()
                        + " "
                        + response.getReasonPhrase());
              }
              console.accept("message to " + to + " accepted: " + response.getStatusCode());
            });
  }

  private Request buildMessage(String to, String text) {
    try {
      return requests.message(to, text);
    } catch (ParseException | InvalidArgumentException e) {
      throw new IllegalArgumentException(
          "--message " + to + ": expected an address such as sip:bob@contoso.com", e);
    }
  }

  private Response answer(Request request) throws ParseException {
    return switch (request.getMethod()) {
      case Request.OPTIONS -> allowing(sip.response(Response.OK, request, null));
      case Request.MESSAGE -> {
        received(request);
        yield sip.response(Response.OK, request, null);
      }
      case Request.INVITE -> sip.response(Response.BUSY_HERE, request, "Takes no calls");
      case Request.BYE, Request.CANCEL, Request.NOTIFY ->
          sip.response(Response.CALL_OR_TRANSACTION_DOES_NOT_EXIST, request, null);
      default -> allowing(sip.response(Response.METHOD_NOT_ALLOWED, request, null));
    };
  }

  private Response allowing(Response response) throws ParseException {
    sip.allow(response, ANSWERED);
    return response;
  }

  private void received(Request request) {
    String from =
        String.valueOf(((FromHeader) request.getHeader(FromHeader.NAME)).getAddress().getURI());
    String to = String.valueOf(((ToHeader) request.getHeader(ToHeader.NAME)).getAddress().getURI());
    byte[] body = request.getRawContent();
    String text = body == null ? "" : new String(body, java.nio.charset.StandardCharsets.UTF_8);
    events.event("message.received", "from", from, "to", to, "text", text);
    console.accept("message from " + from + ": " + text);
  }

  /** Takes the registration back, closes its connection and stops the stack. */
  @Override
  public void close() {
    if (executor.isShutdown()) {
      return;
    }
    try {
      registration.end().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("De-registering {} was not finished within {} s", aor, END_SECONDS, e);
    }
    executor.shutdownNow();
    stack.stop();
  }

  private final class Agent implements Registration.Agent {
    @Override
    public CompletableFuture<Response> send(Request request) {
      return transactions.send(request);
    }

    @Override
    public @Nullable ManagedConnection connectionOf(Response response) {
      return connections.connectionOf(response).orElse(null);
    }

    @Override
    public void event(String name, Object... details) {
      events.event(name, details);
    }
  }

  /** Contact and Via name the address of the listening points, so these have to follow. */
  private void follow(InetAddress own) {
    try {
      String old = address.follow(own);
      if (old != null) {
        console.accept(
            "this machine's address is " + own.getHostAddress() + " now, no longer " + old);
      }
    } catch (SipException | IOException e) {
      LOG.error("Listening on {}, the new address of this machine, failed", own, e);
    }
  }

  private final class ConnectionWatch implements ConnectionManagementListener {
    @Override
    public void established(ManagedConnection connection) {
      if (connection.side() == ManagedConnection.Side.CLIENT) {
        executor.execute(() -> follow(connection.localAddress().getAddress()));
      }
    }

    @Override
    public void keepAliveAnswered(ManagedConnection connection) {
      registration.keepAliveAnswered(connection);
    }

    @Override
    public void closed(ManagedConnection connection, CloseReason reason, String detail) {
      if (connection.side() == ManagedConnection.Side.CLIENT) {
        String why = detail.isEmpty() ? reason.toString() : reason + ", " + detail;
        transactions.connectionGone(connection, "the connection was closed: " + why);
        registration.connectionClosed(connection, why);
      }
    }
  }
}
