package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import gov.nist.javax.sip.DialogTimeoutEvent;
import gov.nist.javax.sip.IOExceptionEventExt;
import gov.nist.javax.sip.SipListenerExt;
import gov.nist.javax.sip.SipProviderImpl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.SipFactory;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.address.SipURI;
import javax.sip.header.ContactHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application's processIOException gets with managed connections what it got with the RI's own
 * transports, and nothing else: the same tests run with both.
 */
class IoExceptionEventsTest {

  private static final AtomicLong COUNTER = new AtomicLong();

  static Stream<String> transports() {
    return Stream.concat(
        Stream.of(
            "gov.nist.javax.sip.stack.NioMessageProcessorFactory",
            "gov.nist.javax.sip.stack.OIOMessageProcessorFactory"),
        IoKinds.all().stream());
  }

  private static Properties properties(String transport) {
    if (IoKinds.all().contains(transport)) {
      return Stacks.managed(IoKinds.PROPERTY, transport);
    }
    Properties properties = new Properties();
    properties.setProperty("gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY", transport);
    return properties;
  }

  /** Answers INVITE with 200 and remembers what it is told. */
  private static final class Application implements SipListenerExt, AutoCloseable {

    private final BlockingQueue<IOExceptionEvent> failures = new LinkedBlockingQueue<>();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<Response> responses = new LinkedBlockingQueue<>();
    private final SipFactory factory = SipFactory.getInstance();
    private final SipStack stack;
    private final SipProvider provider;
    private final int port = Stacks.freePort();

    Application(Properties properties) throws Exception {
      factory.setPathName("gov.nist");
      properties.setProperty("javax.sip.STACK_NAME", "io-exceptions-" + COUNTER.incrementAndGet());
      stack = factory.createSipStack(properties);
      provider = stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
      provider.addSipListener(this);
    }

    void options(int peerPort) throws Exception {
      SipURI uri = factory.createAddressFactory().createSipURI("peer", "127.0.0.1");
      uri.setPort(peerPort);
      uri.setTransportParam("tcp");
      var headers = factory.createHeaderFactory();
      var address = factory.createAddressFactory().createAddress("sip:alice@contoso.test");
      Request request =
          factory
              .createMessageFactory()
              .createRequest(
                  uri,
                  Request.OPTIONS,
                  provider.getNewCallId(),
                  headers.createCSeqHeader(1L, Request.OPTIONS),
                  headers.createFromHeader(address, "a"),
                  headers.createToHeader(address, null),
                  List.of(headers.createViaHeader("127.0.0.1", port, "tcp", null)),
                  headers.createMaxForwardsHeader(70));
      provider.getNewClientTransaction(request).sendRequest();
    }

    @Override
    public void processRequest(RequestEvent event) {
      requests.add(event.getRequest());
      if (!event.getRequest().getMethod().equals(Request.INVITE)) {
        return;
      }
      try {
        ServerTransaction transaction = provider.getNewServerTransaction(event.getRequest());
        Response ok =
            factory.createMessageFactory().createResponse(Response.OK, event.getRequest());
        ((javax.sip.header.ToHeader) ok.getHeader("To")).setTag("b");
        ContactHeader contact =
            factory
                .createHeaderFactory()
                .createContactHeader(
                    factory.createAddressFactory().createAddress("sip:b@127.0.0.1:" + port));
        ok.addHeader(contact);
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
    public void processIOException(IOExceptionEvent event) {
      failures.add(event);
    }

    @Override
    public void processTimeout(TimeoutEvent event) {}

    @Override
    public void processTransactionTerminated(TransactionTerminatedEvent event) {}

    @Override
    public void processDialogTerminated(DialogTerminatedEvent event) {}

    @Override
    public void processDialogTimeout(DialogTimeoutEvent event) {}

    @Override
    public void close() {
      StackStop.of(stack);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aConnectionThatCannotBeOpenedIsSaidByTheCallAndByNoEvent(String transport) throws Exception {
    try (Application application = new Application(properties(transport))) {
      int nobody = Stacks.freePort();
      assertThat(catchThrowable(() -> application.options(nobody)))
          .isInstanceOf(SipException.class);
      assertThat(application.failures).isEmpty();
    }
  }

  static Stream<String> nonBlockingTransports() {
    return transports().filter(transport -> !transport.endsWith("OIOMessageProcessorFactory"));
  }

  @ParameterizedTest
  @MethodSource("nonBlockingTransports")
  void withoutBlockingARequestThatCannotBeSentIsAnsweredWith503(String transport) throws Exception {
    Properties properties = properties(transport);
    properties.setProperty("gov.nist.javax.sip.NIO_BLOCKING_MODE", "NONBLOCKING");
    try (Application application = new Application(properties)) {
      int nobody = Stacks.freePort();
      boolean managed = IoKinds.all().contains(transport);
      for (int i = 0; i < 2; i++) {
        application.options(nobody);
        Response answer = application.responses.poll(managed ? 20 : 2, TimeUnit.SECONDS);
        assumeTrue(answer != null || managed, "The RI's own transport lost the request");
        assertThat(answer).isNotNull();
        assertThat(answer.getStatusCode()).isEqualTo(Response.SERVICE_UNAVAILABLE);
      }
      assertThat(application.failures).isEmpty();
    }
  }

  /** The RI's NIO loses too many requests of new connections to be compared here. */
  static Stream<String> reliableTransports() {
    return transports().filter(transport -> !transport.endsWith("NioMessageProcessorFactory"));
  }

  @ParameterizedTest
  @MethodSource("reliableTransports")
  void aLostConnectionIsNoEventAndTheNextRequestOpensAnother(String transport) throws Exception {
    try (Application application = new Application(properties(transport));
        ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      EventRecorder events = new EventRecorder();
      boolean managed = IoKinds.all().contains(transport);
      if (managed) {
        ConnectionManagement.of(application.stack).addListener(events);
      }
      application.options(listener.getLocalPort());
      RawPeer.accept(listener).close();
      if (managed) {
        // What is written before the loss is seen goes nowhere, and nobody can know that.
        events.await("closed CLIENT");
      }
      Response answer = null;
      for (int i = 0; i < (managed ? 1 : 10) && answer == null; i++) {
        answer = answerTo(application, listener, managed ? 30 : 1);
      }
      assertThat(answer).isNotNull();
      assertThat(application.failures).isEmpty();
    }
  }

  /**
   * The RI's transports open connections that they do not use, find only when writing that one is
   * lost, and lose requests: null then.
   */
  private static @Nullable Response answerTo(
      Application application, ServerSocket listener, int patienceSeconds) throws Exception {
    try {
      application.options(listener.getLocalPort());
      try (RawPeer next = RawPeer.accept(listener)) {
        next.send(RawPeer.okTo(next.readMessage(), ""));
        return application.responses.poll(patienceSeconds, TimeUnit.SECONDS);
      }
    } catch (SipException | IOException e) {
      return null;
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aSuccessThatCannotBeRepeatedOnALostConnectionIsAnEvent(String transport) throws Exception {
    int nobody = Stacks.freePort();
    try (Application application = new Application(properties(transport))) {
      try (RawPeer caller = RawPeer.connect(application.port)) {
        caller.send(
            "INVITE sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:"
                + nobody
                + ";branch=z9hG4bKinvite\r\nMax-Forwards: 70\r\n"
                + "From: <sip:a@contoso.test>;tag=a\r\nTo: <sip:b@contoso.test>\r\n"
                + "Call-ID: io\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:"
                + nobody
                + ">\r\nContent-Length: 0\r\n\r\n");
        String first = caller.readMessage();
        if (first.startsWith("SIP/2.0 100")) {
          first = caller.readMessage();
        }
        assertThat(first).startsWith("SIP/2.0 200");
      }
      IOExceptionEvent failure = application.failures.poll(30, TimeUnit.SECONDS);
      // The RI's stacks share workers that end with any stack; what they lose is not ours to judge.
      assumeTrue(
          failure != null || IoKinds.all().contains(transport), "The RI's own transport told none");
      assertThat(failure).isNotNull().isNotInstanceOf(IOExceptionEventExt.class);
      assertThat(failure.getHost()).isEqualTo("127.0.0.1");
      assertThat(failure.getTransport()).isEqualToIgnoringCase("TCP");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void theStacksOwnWatchOverKeepAlivesIsAnEvent(String transport) throws Exception {
    Properties properties = properties(transport);
    properties.setProperty("gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT", "1");
    try (Application application = new Application(properties);
        RawPeer client = RawPeer.connect(application.port)) {
      client.send(
          """
          OPTIONS sip:b@127.0.0.1 SIP/2.0\r
          Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKo\r
          Max-Forwards: 70\r
          From: <sip:a@contoso.test>;tag=a\r
          To: <sip:b@contoso.test>\r
          Call-ID: o\r
          CSeq: 1 OPTIONS\r
          Content-Length: 0\r
          \r
          """);
      assertThat(application.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
      client.send("\r\n\r\n");
      assertThat(client.read(2)).isEqualTo("\r\n");
      IOExceptionEvent failure = application.failures.poll(30, TimeUnit.SECONDS);
      assertThat(failure).isInstanceOf(IOExceptionEventExt.class);
      IOExceptionEventExt watch = (IOExceptionEventExt) failure;
      assertThat(watch.getReason()).isEqualTo(IOExceptionEventExt.Reason.KeepAliveTimeout);
      assertThat(watch.getSource()).isInstanceOf(SipProviderImpl.class);
      assertThat(watch.getPeerHost()).isEqualTo("127.0.0.1");
      assertThat(watch.getPeerPort()).isEqualTo(client.socket().getLocalPort());
      assertThat(watch.getLocalPort()).isEqualTo(application.port);
      assertThat(client.readsEnd()).isTrue();
    }
  }
}
