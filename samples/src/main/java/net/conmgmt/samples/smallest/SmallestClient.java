package net.conmgmt.samples.smallest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.SipFactory;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.message.MessageFactory;
import javax.sip.message.Request;
import javax.sip.message.Response;

/**
 * The smallest application: it registers, receives messages, and stays reachable. Nothing in it
 * mentions connection management; the properties switch that on.
 */
public final class SmallestClient implements SipListener {

  private final MessageFactory messages;

  private SmallestClient(MessageFactory messages) {
    this.messages = messages;
  }

  /** Starts it: property file, user, domain, and the port to listen on. */
  public static void main(String[] args) throws Exception {
    start(Path.of(args[0]), args[1], args[2], Integer.parseInt(args[3]));
  }

  static SipStack start(Path file, String user, String domain, int port) throws Exception {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    properties.setProperty("javax.sip.STACK_NAME", user);
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    SipProvider provider =
        stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
    MessageFactory messages = factory.createMessageFactory();
    provider.addSipListener(new SmallestClient(messages));
    String register =
        """
        REGISTER sip:%2$s SIP/2.0
        Via: SIP/2.0/TCP 127.0.0.1:%3$d
        From: <sip:%1$s@%2$s>;tag=1
        To: <sip:%1$s@%2$s>
        Contact: <sip:%1$s@127.0.0.1:%3$d;transport=tcp>
        Call-ID: %4$s
        CSeq: 1 REGISTER
        Max-Forwards: 70
        Expires: 3600

        """
            .replace("\n", "\r\n");
    String callId = provider.getNewCallId().getCallId();
    Request request = messages.createRequest(register.formatted(user, domain, port, callId));
    provider.getNewClientTransaction(request).sendRequest();
    return stack;
  }

  @Override
  public void processResponse(ResponseEvent event) {
    System.out.println("answer to REGISTER: " + event.getResponse().getStatusCode());
  }

  @Override
  public void processRequest(RequestEvent event) {
    Request request = event.getRequest();
    System.out.println("received: " + new String(request.getRawContent(), UTF_8));
    try {
      ((SipProvider) event.getSource())
          .getNewServerTransaction(request)
          .sendResponse(messages.createResponse(Response.OK, request));
    } catch (Exception e) {
      throw new IllegalStateException("Answering " + request.getMethod() + " failed", e);
    }
  }

  @Override
  public void processTimeout(TimeoutEvent event) {}

  @Override
  public void processIOException(IOExceptionEvent event) {}

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}
}
