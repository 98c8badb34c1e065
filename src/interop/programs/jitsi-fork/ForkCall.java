import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sip.ClientTransaction;
import javax.sip.Dialog;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
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
import javax.sip.header.CSeqHeader;
import javax.sip.header.HeaderFactory;
import javax.sip.header.ToHeader;
import javax.sip.message.MessageFactory;
import javax.sip.message.Request;
import javax.sip.message.Response;

/** One stack registers with another one, calls it, and hangs up. */
public class ForkCall implements SipListener {

  private static final CountDownLatch ENDED = new CountDownLatch(1);

  private final String transport;
  private final int port;
  private final int peerPort;
  private final SipProvider provider;
  private final AddressFactory addresses;
  private final HeaderFactory headers;
  private final MessageFactory messages;

  private ForkCall(String transport, int port, int peerPort) throws Exception {
    this.transport = transport;
    this.port = port;
    this.peerPort = peerPort;
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "fork-" + port);
    SipStack stack = factory.createSipStack(properties);
    System.out.println("STACK OF " + stack.getClass().getProtectionDomain().getCodeSource());
    addresses = factory.createAddressFactory();
    headers = factory.createHeaderFactory();
    messages = factory.createMessageFactory();
    provider =
        stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, transport));
    provider.addSipListener(this);
  }

  private SipURI uri(int uriPort) throws Exception {
    SipURI uri = addresses.createSipURI("me", "127.0.0.1");
    uri.setPort(uriPort);
    uri.setTransportParam(transport);
    return uri;
  }

  private void send(String method) throws Exception {
    Address me = addresses.createAddress(addresses.createSipURI("alice", "contoso.test"));
    Request request =
        messages.createRequest(
            uri(peerPort),
            method,
            provider.getNewCallId(),
            headers.createCSeqHeader(1L, method),
            headers.createFromHeader(me, "from" + method),
            headers.createToHeader(me, null),
            List.of(headers.createViaHeader("127.0.0.1", port, transport, null)),
            headers.createMaxForwardsHeader(70));
    request.addHeader(headers.createContactHeader(addresses.createAddress(uri(port))));
    provider.getNewClientTransaction(request).sendRequest();
  }

  @Override
  public void processRequest(RequestEvent event) {
    Request request = event.getRequest();
    System.out.println("RECEIVED " + request.getMethod());
    if (request.getMethod().equals(Request.ACK)) {
      return;
    }
    try {
      Response response = messages.createResponse(Response.OK, request);
      ((ToHeader) response.getHeader(ToHeader.NAME)).setTag("to");
      response.addHeader(headers.createContactHeader(addresses.createAddress(uri(port))));
      ServerTransaction transaction = event.getServerTransaction();
      if (transaction == null) {
        transaction = provider.getNewServerTransaction(request);
      }
      transaction.sendResponse(response);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void processResponse(ResponseEvent event) {
    CSeqHeader cseq = (CSeqHeader) event.getResponse().getHeader(CSeqHeader.NAME);
    System.out.println("ANSWERED " + cseq.getMethod() + " " + event.getResponse().getStatusCode());
    if (event.getResponse().getStatusCode() != Response.OK) {
      return;
    }
    try {
      if (cseq.getMethod().equals(Request.REGISTER)) {
        send(Request.INVITE);
      } else if (cseq.getMethod().equals(Request.INVITE)) {
        Dialog dialog = event.getDialog();
        dialog.sendAck(dialog.createAck(cseq.getSeqNumber()));
        ClientTransaction bye =
            provider.getNewClientTransaction(dialog.createRequest(Request.BYE));
        dialog.sendRequest(bye);
      } else {
        ENDED.countDown();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    System.out.println("TIMEOUT");
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    System.out.println("IO EXCEPTION");
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}

  public static void main(String[] args) throws Exception {
    String transport = args[0];
    int callee = Integer.parseInt(args[1]);
    int caller = Integer.parseInt(args[2]);
    new ForkCall(transport, callee, caller);
    new ForkCall(transport, caller, callee).send(Request.REGISTER);
    boolean ended = ENDED.await(30, TimeUnit.SECONDS);
    System.out.println(ended ? "DONE" : "INCOMPLETE");
    System.exit(ended ? 0 : 1);
  }
}
