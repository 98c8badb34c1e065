import java.util.Properties;
import org.cafesip.sipunit.SipCall;
import org.cafesip.sipunit.SipPhone;
import org.cafesip.sipunit.SipStack;

/** Two phones of SipUnit: one calls the other, and the callee hangs up. */
public class SipUnitCall {

  private static SipStack stack(String name, String transport, int port) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", name);
    properties.setProperty("javax.sip.IP_ADDRESS", "127.0.0.1");
    return new SipStack(transport, port, properties);
  }

  private static void expect(boolean done, String what) {
    System.out.println(what + (done ? "" : ": FAILED"));
    if (!done) {
      System.exit(1);
    }
  }

  public static void main(String[] args) throws Exception {
    String transport = args[0];
    int alicePort = Integer.parseInt(args[1]);
    int bobPort = Integer.parseInt(args[2]);
    SipPhone alice =
        stack("alice", transport, alicePort).createSipPhone("sip:alice@127.0.0.1:" + alicePort);
    SipPhone bob =
        stack("bob", transport, bobPort).createSipPhone("sip:bob@127.0.0.1:" + bobPort);
    SipCall callee = bob.createSipCall();
    expect(callee.listenForIncomingCall(), "LISTENING");
    SipCall caller = alice.createSipCall();
    expect(
        caller.initiateOutgoingCall(
            "sip:alice@127.0.0.1:" + alicePort,
            "sip:bob@127.0.0.1:" + bobPort,
            "127.0.0.1:" + bobPort + "/" + transport),
        "CALLED");
    expect(callee.waitForIncomingCall(10_000), "RANG");
    expect(callee.sendIncomingCallResponse(180, "Ringing", 0), "RINGING");
    expect(callee.sendIncomingCallResponse(200, "OK", 0), "ANSWERED");
    expect(callee.listenForAck(), "LISTENING");
    expect(caller.waitForAnswer(10_000), "HEARD");
    expect(caller.sendInviteOkAck(), "ACKNOWLEDGED");
    expect(callee.waitForAck(10_000), "ACKNOWLEDGEMENT SEEN");
    expect(caller.listenForDisconnect(), "LISTENING");
    expect(callee.disconnect(), "HUNG UP");
    expect(caller.waitForDisconnect(10_000), "END SEEN");
    expect(caller.respondToDisconnect(), "DONE");
    System.exit(0);
  }
}
