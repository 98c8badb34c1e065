import java.util.Properties;
import javax.sip.SipFactory;
import javax.sip.SipStack;

/** Starts and stops a stack, which says at info what its role is. */
public class LoggedStack {

  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", "logged");
    properties.setProperty(
        "gov.nist.javax.sip.STACK_LOGGER", "net.conmgmt.sip.logging.Log4jStackLogger");
    properties.setProperty(
        "gov.nist.javax.sip.SERVER_LOGGER", "net.conmgmt.sip.logging.Log4jServerLogger");
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    stack.createSipProvider(
        stack.createListeningPoint("127.0.0.1", Integer.parseInt(args[0]), "tcp"));
    stack.start();
    stack.stop();
    System.exit(0);
  }
}
