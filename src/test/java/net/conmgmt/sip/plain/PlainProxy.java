package net.conmgmt.sip.plain;

import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
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
import javax.sip.address.SipURI;
import javax.sip.header.HeaderFactory;
import javax.sip.header.ViaHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;

/** A proxy that imports nothing but javax.sip and forwards every request to one address. */
public final class PlainProxy implements SipListener, AutoCloseable {

  /** What it sends on; the RI takes the very object that was received without transaction only. */
  public enum Copy {
    SAME_OBJECT_STATELESS,
    CLONE_STATEFUL
  }

  /** A port of loopback and how it is reached. */
  public record Leg(String transport, int port) {}

  private static final AtomicLong COUNTER = new AtomicLong();

  private final SipFactory factory = SipFactory.getInstance();
  private final SipStack stack;
  private final SipProvider provider;
  private volatile Leg next;
  private final Copy copy;

  /** What went wrong in it. */
  public final List<Exception> failures = new CopyOnWriteArrayList<>();

  public PlainProxy(Properties properties, int port, int nextPort, Copy copy) throws Exception {
    next = new Leg("tcp", nextPort);
    this.copy = copy;
    factory.setPathName("gov.nist");
    Properties own = new Properties();
    own.putAll(properties);
    own.setProperty("javax.sip.STACK_NAME", "plain-proxy-" + COUNTER.incrementAndGet());
    own.setProperty("javax.sip.AUTOMATIC_DIALOG_SUPPORT", "off");
    stack = factory.createSipStack(own);
    provider = stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
    provider.addSipListener(this);
  }

  /** Listens on one more port; its Via has the port of the transport. */
  public PlainProxy listenOn(Leg leg) throws Exception {
    provider.addListeningPoint(
        stack.createListeningPoint("127.0.0.1", leg.port(), leg.transport()));
    return this;
  }

  /** Forwards from now on to that one. */
  public void forwardTo(Leg leg) {
    next = leg;
  }

  @Override
  public void processRequest(RequestEvent event) {
    try {
      boolean stateful = copy == Copy.CLONE_STATEFUL;
      Request request = event.getRequest();
      ServerTransaction caller = stateful ? provider.getNewServerTransaction(request) : null;
      Request forwarded = stateful ? (Request) request.clone() : request;
      Leg leg = next;
      SipURI uri = factory.createAddressFactory().createSipURI(null, "127.0.0.1");
      uri.setPort(leg.port());
      uri.setTransportParam(leg.transport());
      uri.setLrParam();
      HeaderFactory headers = factory.createHeaderFactory();
      forwarded.addFirst(
          headers.createRouteHeader(factory.createAddressFactory().createAddress(uri)));
      ListeningPoint from = provider.getListeningPoint(leg.transport());
      String branch = "z9hG4bK-proxy-" + COUNTER.incrementAndGet();
      forwarded.addFirst(
          headers.createViaHeader("127.0.0.1", from.getPort(), leg.transport(), branch));
      if (stateful) {
        ClientTransaction callee = provider.getNewClientTransaction(forwarded);
        callee.setApplicationData(caller);
        callee.sendRequest();
      } else {
        provider.sendRequest(forwarded);
      }
    } catch (Exception e) {
      failures.add(e);
    }
  }

  @Override
  public void processResponse(ResponseEvent event) {
    try {
      Response response = event.getResponse();
      if (copy == Copy.CLONE_STATEFUL) {
        Response forwarded = (Response) response.clone();
        forwarded.removeFirst(ViaHeader.NAME);
        ((ServerTransaction) event.getClientTransaction().getApplicationData())
            .sendResponse(forwarded);
      } else {
        response.removeFirst(ViaHeader.NAME);
        provider.sendResponse(response);
      }
    } catch (Exception e) {
      failures.add(e);
    }
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    failures.add(new IllegalStateException("A transaction timed out: " + event.getTimeout()));
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    failures.add(new IllegalStateException("No connection to " + event.getHost()));
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}

  @Override
  public void close() {
    StackStop.of(stack);
  }
}
