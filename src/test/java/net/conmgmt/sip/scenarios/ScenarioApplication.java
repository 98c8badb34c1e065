package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.fail;

import gov.nist.javax.sip.DialogTimeoutEvent;
import gov.nist.javax.sip.ListeningPointExt;
import gov.nist.javax.sip.SipListenerExt;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sip.ClientTransaction;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipFactory;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.address.Address;
import javax.sip.address.AddressFactory;
import javax.sip.address.SipURI;
import javax.sip.header.HeaderFactory;
import javax.sip.header.ToHeader;
import javax.sip.message.MessageFactory;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.plain.StackStop;

/**
 * An application of the RI that keeps every event for the test to look at. It answers requests with
 * 200 unless the test says otherwise.
 */
final class ScenarioApplication implements SipListenerExt, AutoCloseable {

  /** What is done with a request. */
  interface Answer {
    void to(RequestEvent event) throws Exception;
  }

  private static final AtomicLong COUNTER = new AtomicLong();

  /** Events in the order in which they came. */
  static final class Events<T> extends LinkedBlockingQueue<T> {

    private static final long serialVersionUID = 1L;

    private final int patienceSeconds;

    private Events(int patienceSeconds) {
      this.patienceSeconds = patienceSeconds;
    }
  }

  final Events<RequestEvent> requests;
  final Events<ResponseEvent> responses;
  final Events<IOExceptionEvent> ioExceptions;

  private final SipStack stack;
  private final SipProvider provider;
  private final int port;
  private final String transport;
  private final AddressFactory addresses;
  private final HeaderFactory headers;
  private final MessageFactory messages;
  private volatile Answer answer = event -> respond(event, Response.OK);

  ScenarioApplication(Properties properties, int port, Setup setup) throws Exception {
    this.port = port;
    transport = setup.transport();
    requests = new Events<>(setup.patienceSeconds());
    responses = new Events<>(setup.patienceSeconds());
    ioExceptions = new Events<>(setup.patienceSeconds());
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    Properties own = new Properties();
    own.putAll(properties);
    own.setProperty("javax.sip.STACK_NAME", "scenario-" + COUNTER.incrementAndGet());
    stack = factory.createSipStack(own);
    addresses = factory.createAddressFactory();
    headers = factory.createHeaderFactory();
    messages = factory.createMessageFactory();
    provider = alsoListenOn(port, transport);
  }

  /** One more listening point, with a provider of its own and the same listener. */
  SipProvider alsoListenOn(int anotherPort, String anotherTransport) throws Exception {
    SipProvider another =
        stack.createSipProvider(
            stack.createListeningPoint("127.0.0.1", anotherPort, anotherTransport));
    another.addSipListener(this);
    return another;
  }

  SipStack stack() {
    return stack;
  }

  SipProvider provider() {
    return provider;
  }

  ListeningPointExt listeningPoint() {
    return (ListeningPointExt) provider.getListeningPoint(transport);
  }

  int port() {
    return port;
  }

  HeaderFactory headers() {
    return headers;
  }

  MessageFactory messages() {
    return messages;
  }

  /** What is done with each request from now on. */
  void onRequest(Answer newAnswer) {
    answer = newAnswer;
  }

  /** Forgets what came and answers with 200 again. */
  void reset() {
    answer = event -> respond(event, Response.OK);
    requests.clear();
    responses.clear();
    ioExceptions.clear();
  }

  /** A request straight to a loopback port. */
  Request request(String method, int peerPort) throws Exception {
    Address me = addresses.createAddress(addresses.createSipURI("alice", "contoso.test"));
    Address peer = addresses.createAddress(addresses.createSipURI("bob", "contoso.test"));
    Request request =
        messages.createRequest(
            uri("bob", peerPort),
            method,
            provider.getNewCallId(),
            headers.createCSeqHeader(1L, method),
            headers.createFromHeader(me, "from" + COUNTER.incrementAndGet()),
            headers.createToHeader(peer, null),
            List.of(headers.createViaHeader("127.0.0.1", port, transport, null)),
            headers.createMaxForwardsHeader(70));
    request.addHeader(headers.createContactHeader(contact()));
    return request;
  }

  Address contact() throws Exception {
    return addresses.createAddress(uri("me", port));
  }

  private SipURI uri(String user, int uriPort) throws Exception {
    SipURI uri = addresses.createSipURI(user, "127.0.0.1");
    uri.setPort(uriPort);
    uri.setTransportParam(transport);
    return uri;
  }

  ClientTransaction transaction(Request request) throws Exception {
    return provider.getNewClientTransaction(request);
  }

  ClientTransaction send(String method, int peerPort) throws Exception {
    ClientTransaction transaction = transaction(request(method, peerPort));
    transaction.sendRequest();
    return transaction;
  }

  /** The transaction of a request, a new one if need be. */
  ServerTransaction serverTransaction(RequestEvent event) throws Exception {
    ServerTransaction transaction = event.getServerTransaction();
    return transaction != null
        ? transaction
        : ((SipProvider) event.getSource()).getNewServerTransaction(event.getRequest());
  }

  /** Answers a request; an ACK needs none. */
  void respond(RequestEvent event, int status) throws Exception {
    if (!event.getRequest().getMethod().equals(Request.ACK)) {
      serverTransaction(event).sendResponse(response(event.getRequest(), status));
    }
  }

  Response response(Request request, int status) throws Exception {
    Response response = messages.createResponse(status, request);
    ToHeader to = (ToHeader) response.getHeader(ToHeader.NAME);
    if (to.getTag() == null) {
      to.setTag("to" + port);
    }
    response.addHeader(headers.createContactHeader(contact()));
    if (request.getMethod().equals(Request.SUBSCRIBE)) {
      response.addHeader(headers.createExpiresHeader(3600));
    }
    return response;
  }

  /** The next event of a queue. */
  static <T> T next(Events<T> events) throws InterruptedException {
    T event = events.poll(events.patienceSeconds, TimeUnit.SECONDS);
    return event != null
        ? event
        : fail("Expected one more event within %d s", events.patienceSeconds);
  }

  /** The status of the next response. */
  int nextStatus() throws InterruptedException {
    return next(responses).getResponse().getStatusCode();
  }

  @Override
  public void processRequest(RequestEvent event) {
    requests.add(event);
    try {
      answer.to(event);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void processResponse(ResponseEvent event) {
    responses.add(event);
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    ioExceptions.add(event);
  }

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}

  @Override
  public void processTimeout(TimeoutEvent event) {}

  @Override
  public void processDialogTimeout(DialogTimeoutEvent event) {}

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void close() {
    StackStop.of(stack);
  }
}
