package net.conmgmt.sip.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.List;
import java.util.Properties;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.PeerUnavailableException;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.SipException;
import javax.sip.SipFactory;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.message.MessageFactory;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JVM loads until a proxy that has just been started has answered its first client. */
class FirstRegistrationTest {

  /** Puts together what a record has for equals, hashCode and toString, within 20 ms or so. */
  private static final String RECORD_METHODS = "java.lang.runtime.ObjectMethods";

  private static final String ENDPOINTS = "net.conmgmt.sip.internal.connection.EndpointTable";

  /** A proxy in a JVM of its own, and its first client. */
  static final class FirstClient {

    private FirstClient() {}

    public static void main(String[] args) throws Exception {
      boolean registered = false;
      try {
        registered = register();
      } finally {
        // The threads of the stack would go on.
        System.exit(registered ? 0 : 1);
      }
    }

    private static boolean register() throws Exception {
      Properties properties = Stacks.managed("javax.sip.STACK_NAME", "first");
      SipFactory factory = SipFactory.getInstance();
      factory.setPathName("gov.nist");
      SipStack stack = factory.createSipStack(properties);
      int port = Stacks.freePort();
      SipProvider provider =
          stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
      provider.addSipListener(new Registrar(factory, provider));
      try (RawPeer client = RawPeer.connect(port)) {
        client.send(
            """
            REGISTER sip:contoso.test SIP/2.0
            Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK1
            From: <sip:alice@contoso.test>;tag=1;epid=e1
            To: <sip:alice@contoso.test>
            Call-ID: first
            CSeq: 1 REGISTER
            Max-Forwards: 70
            Contact: <sip:alice@127.0.0.1:5999;transport=tcp>
            Expires: 600
            Ms-Keep-Alive: UAC;hop-hop=yes
            Content-Length: 0

            """
                .replace("\n", "\r\n"));
        return client.readMessage().startsWith("SIP/2.0 200");
      }
    }
  }

  /** Accepts every registration. */
  private static final class Registrar implements SipListener {
    private final MessageFactory messages;
    private final SipProvider provider;

    Registrar(SipFactory factory, SipProvider provider) throws PeerUnavailableException {
      messages = factory.createMessageFactory();
      this.provider = provider;
    }

    @Override
    public void processRequest(RequestEvent event) {
      try {
        provider.sendResponse(messages.createResponse(200, event.getRequest()));
      } catch (SipException | ParseException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void processResponse(ResponseEvent event) {}

    @Override
    public void processTimeout(TimeoutEvent event) {}

    @Override
    public void processIOException(IOExceptionEvent event) {}

    @Override
    public void processTransactionTerminated(TransactionTerminatedEvent event) {}

    @Override
    public void processDialogTerminated(DialogTerminatedEvent event) {}
  }

  @Test
  void noMethodOfARecordIsMadeBeforeTheFirstClientIsRegistered(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path loaded = folder.resolve("loaded");
    Path printed = folder.resolve("printed");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:file=" + loaded,
                "-cp",
                System.getProperty("java.class.path"),
                FirstClient.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();

    assertThat(child.waitFor()).as(Files.readString(printed, UTF_8)).isZero();

    List<String> classes = Files.readAllLines(loaded, UTF_8);
    assertThat(classes).anyMatch(line -> line.contains(ENDPOINTS));
    assertThat(classes).noneMatch(line -> line.contains(RECORD_METHODS));
  }
}
