package net.conmgmt.samples.boot;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Registers when the application has started, and answers each request with 200. */
@Component
class Client implements ApplicationRunner, SipListener {

  private static final Logger LOG = LoggerFactory.getLogger(Client.class);

  private final SipStack stack;
  private final String user;
  private final String domain;
  private final String listen;
  private final int port;
  private final MessageFactory messages;

  Client(
      SipStack stack,
      @Value("${sip.user}") String user,
      @Value("${sip.domain}") String domain,
      @Value("${sip.listen}") String listen,
      @Value("${sip.port}") int port)
      throws Exception {
    this.stack = stack;
    this.user = user;
    this.domain = domain;
    this.listen = listen;
    this.port = port;
    messages = SipFactory.getInstance().createMessageFactory();
  }

  @Override
  public void run(ApplicationArguments arguments) throws Exception {
    SipProvider provider = stack.createSipProvider(stack.createListeningPoint(listen, port, "tcp"));
    provider.addSipListener(this);
    String register =
        """
        REGISTER sip:%2$s SIP/2.0
        Via: SIP/2.0/TCP %3$s:%4$d
        From: <sip:%1$s@%2$s>;tag=1
        To: <sip:%1$s@%2$s>
        Contact: <sip:%1$s@%3$s:%4$d;transport=tcp>
        Call-ID: %5$s
        CSeq: 1 REGISTER
        Max-Forwards: 70
        Expires: 3600

        """
            .replace("\n", "\r\n")
            .formatted(user, domain, listen, port, provider.getNewCallId().getCallId());
    provider.getNewClientTransaction(messages.createRequest(register)).sendRequest();
  }

  @Override
  public void processResponse(ResponseEvent event) {
    LOG.info("answer to REGISTER: {}", event.getResponse().getStatusCode());
  }

  @Override
  public void processRequest(RequestEvent event) {
    Request request = event.getRequest();
    byte[] content = request.getRawContent();
    LOG.info("received: {}", content == null ? request.getMethod() : new String(content, UTF_8));
    try {
      ((SipProvider) event.getSource())
          .getNewServerTransaction(request)
          .sendResponse(messages.createResponse(Response.OK, request));
    } catch (Exception e) {
      throw new IllegalStateException("Answering " + request.getMethod() + " failed", e);
    }
  }

  @Override
  public void processTimeout(TimeoutEvent event) {
    LOG.warn("no answer to REGISTER");
  }

  @Override
  public void processIOException(IOExceptionEvent event) {
    LOG.warn("{}:{} was not reached", event.getHost(), event.getPort());
  }

  @Override
  public void processTransactionTerminated(TransactionTerminatedEvent event) {}

  @Override
  public void processDialogTerminated(DialogTerminatedEvent event) {}
}
