package net.conmgmt.sip.plain;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.sip.ClientTransaction;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.ListeningPoint;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipFactory;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.address.Address;
import javax.sip.address.AddressFactory;
import javax.sip.address.SipURI;
import javax.sip.header.ContactHeader;
import javax.sip.header.HeaderFactory;
import javax.sip.header.ViaHeader;
import javax.sip.message.MessageFactory;
import javax.sip.message.Request;
import javax.sip.message.Response;
import org.jspecify.annotations.Nullable;

/**
 * A JAIN-SIP application as it was written ten years ago: it imports nothing but javax.sip. It
 * answers every request with 200 and remembers what it got.
 */
public final class PlainApplication implements SipListener, AutoCloseable {

  private static final AtomicLong COUNTER = new AtomicLong();

  private final SipStack stack;
  private final SipProvider provider;
  private final String ip;
  private final int port;
  private final String transport;
  private final AddressFactory addresses;
  private final HeaderFactory headers;
  private final MessageFactory messages;

  /** The requests that arrived. */
  public final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();

  /** The responses that arrived, time-outs excluded. */
  public final BlockingQueue<Response> responses = new LinkedBlockingQueue<>();

  public final BlockingQueue<TimeoutEvent> timeouts = new LinkedBlockingQueue<>();

  /** Values of Ms-Keep-Alive header fields that the application itself puts on its requests. */
  public final List<String> extraHeaders = new ArrayList<>();

  /** What an application does before it answers. */
  public interface Action {
    void run() throws Exception;
  }

  private volatile Action beforeAnswer = () -> {};
  private volatile boolean rings;
  private volatile Consumer<IOExceptionEvent> ioFailures = event -> {};

  public PlainApplication(Properties properties, String ip, int port) throws Exception {
    this(properties, ip, port, "tcp");
  }

  public PlainApplication(Properties properties, String ip, int port, String transport)
      throws Exception {
    this(properties, ip, port, transport, stack -> {});
  }

  /** Has {@code prepared} done to the stack before its first listening point is made. */
  public PlainApplication(
      Properties properties, String ip, int port, String transport, Consumer<SipStack> prepared)
      throws Exception {
    this.transport = transport;
    this.ip = ip;
    this.port = port;
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    Properties own = new Properties();
    own.putAll(properties);
    own.setProperty("javax.sip.STACK_NAME", "plain-" + COUNTER.incrementAndGet());
    stack = factory.createSipStack(own);
    addresses = factory.createAddressFactory();
    headers = factory.createHeaderFactory();
    messages = factory.createMessageFactory();
    prepared.accept(stack);
    ListeningPoint listeningPoint = stack.createListeningPoint(ip, port, transport);
    provider = stack.createSipProvider(listeningPoint);
    provider.addSipListener(this);
  }

  public SipStack stack() {
    return stack;
  }

  public SipProvider provider() {
    return provider;
  }

  /** Accepts on one more port, with the same listener. */
  public void alsoListenOn(int anotherPort) throws Exception {
    alsoListenOn(ip, anotherPort);
  }

  /** Accepts on one more address and port, with the same listener. */
  public void alsoListenOn(String anotherIp, int anotherPort) throws Exception {
    stack
        .createSipProvider(stack.createListeningPoint(anotherIp, anotherPort, transport))
        .addSipListener(this);
  }

  /** Sends CR LF CR LF by JAIN-SIP's own means. */
  public void sendHeartbeat(String host, int peerPort) throws Exception {
    ((gov.nist.javax.sip.ListeningPointExt) provider.getListeningPoint(transport))
        .sendHeartbeat(host, peerPort);
  }

  /** Sends a REGISTER for {@code user@domain}, to wherever the stack's router says. */
  public ClientTransaction register(String user, String domain) throws Exception {
    return send(request(Request.REGISTER, user, domain, addresses.createSipURI(null, domain)));
  }

  /** Sends an INVITE from {@code user@domain} to another user there, as {@link #register}. */
  public ClientTransaction invite(String user, String domain) throws Exception {
    return send(request(Request.INVITE, user, domain, addresses.createSipURI("callee", domain)));
  }

  /** Sends a request straight to an address. */
  public ClientTransaction sendTo(String method, String host, int peerPort) throws Exception {
    SipURI uri = uri("peer", host);
    uri.setPort(peerPort);
    uri.setTransportParam(transport);
    return send(request(method, "alice", "contoso.test", uri));
  }

  /** Sends a request along a Route to an address, past any outbound proxy. */
  public ClientTransaction sendAlong(String method, String host, int peerPort) throws Exception {
    SipURI uri = uri(null, host);
    uri.setPort(peerPort);
    uri.setTransportParam(transport);
    uri.setLrParam();
    Request request = request(method, "alice", "contoso.test", uri);
    request.addHeader(headers.createRouteHeader(addresses.createAddress(uri)));
    return send(request);
  }

  /** The factory takes no scope id of a link-local address; the setter takes everything. */
  private SipURI uri(@Nullable String user, String host) throws ParseException {
    SipURI uri = addresses.createSipURI(user, "host");
    uri.setHost(host);
    return uri;
  }

  private ClientTransaction send(Request request) throws Exception {
    ClientTransaction transaction = provider.getNewClientTransaction(request);
    transaction.sendRequest();
    return transaction;
  }

  private Request request(String method, String user, String domain, SipURI requestUri)
      throws Exception {
    Address me = addresses.createAddress(addresses.createSipURI(user, domain));
    ViaHeader via = headers.createViaHeader(ip, port, transport, null);
    Request request =
        messages.createRequest(
            requestUri,
            method,
            provider.getNewCallId(),
            headers.createCSeqHeader(1L, method),
            headers.createFromHeader(me, "tag" + COUNTER.incrementAndGet()),
            headers.createToHeader(me, null),
            List.of(via),
            headers.createMaxForwardsHeader(70));
    for (String value : extraHeaders) {
      request.addHeader(headers.createHeader("Ms-Keep-Alive", value));
    }
    request.addHeader(contact(user));
    return request;
  }

  private ContactHeader contact(String user) throws ParseException {
    SipURI contact = uri(user, ip);
    contact.setPort(port);
    return headers.createContactHeader(addresses.createAddress(contact));
  }

  @Override
  public void processRequest(RequestEvent event) {
    requests.add(event.getRequest());
    try {
      SipProvider source = (SipProvider) event.getSource();
      ServerTransaction transaction = null;
      if (rings) {
        transaction = source.getNewServerTransaction(event.getRequest());
        transaction.sendResponse(messages.createResponse(Response.RINGING, event.getRequest()));
      }
      beforeAnswer.run();
      Response ok = messages.createResponse(Response.OK, event.getRequest());
      if (transaction == null) {
        transaction = source.getNewServerTransaction(event.getRequest());
      } else {
        ok.addHeader(contact("callee"));
      }
      transaction.sendResponse(ok);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void processResponse(ResponseEvent event) {
    responses.add(event.getResponse());
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    timeouts.add(event);
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    ioFailures.accept(event);
  }

  /** Does that before each answer from now on. */
  public void beforeAnswers(Action action) {
    beforeAnswer = action;
  }

  /** Sends 180 before it does anything else from now on. */
  public void ringsBeforeAnswers() {
    rings = true;
  }

  /** Hands on every call of processIOException. */
  public void whenIoFails(Consumer<IOExceptionEvent> told) {
    ioFailures = told;
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}

  @Override
  public void close() {
    StackStop.of(stack);
  }

  /** A header's text in a message, or null. */
  public static @Nullable String headerOf(javax.sip.message.Message message, String name) {
    Object header = message.getHeader(name);
    return header == null ? null : header.toString().trim();
  }
}
