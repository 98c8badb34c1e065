package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer calls without having registered, and the phone rings for longer than 32 s. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class CalledByAPeerTest {

  private static final String INVITE =
      """
      INVITE sip:bob@127.0.0.1 SIP/2.0
      Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-1
      Max-Forwards: 70
      From: <sip:alice@contoso.test>;tag=1
      To: <sip:bob@contoso.test>
      Call-ID: rings
      CSeq: 1 INVITE
      Contact: <sip:alice@127.0.0.1:5999;transport=tcp>
      Ms-Keep-Alive: UAC;hop-hop=yes
      Content-Length: 0

      """
          .replace("\n", "\r\n");

  private final String io;
  private final VirtualScheduler time = new VirtualScheduler();
  private final CountDownLatch pickedUp = new CountDownLatch(1);
  private int port;

  CalledByAPeerTest(String io) {
    this.io = io;
  }

  @BeforeEach
  void choosePort() throws Exception {
    port = Stacks.freePort();
  }

  @AfterEach
  void pickUp() {
    pickedUp.countDown();
  }

  private PlainApplication phone(String role) throws Exception {
    PlainApplication phone =
        new PlainApplication(
            Stacks.managed(IoKinds.PROPERTY, io, "net.conmgmt.sip.ROLE", role),
            "127.0.0.1",
            port,
            "tcp",
            stack -> StackScope.of(stack).put(Scheduler.class, time));
    phone.ringsBeforeAnswers();
    phone.beforeAnswers(pickedUp::await);
    return phone;
  }

  private void rings(RawPeer caller) throws Exception {
    caller.send(INVITE);
    String response = caller.readMessage();
    assertThat(response.startsWith("SIP/2.0 100") ? caller.readMessage() : response)
        .startsWith("SIP/2.0 180");
  }

  @Test
  @Requirement("OBP-7")
  void aUserAgentThatRingsFor45SecondsKeepsTheCall() throws Exception {
    try (PlainApplication phone = phone("client");
        RawPeer caller = RawPeer.connect(port)) {
      rings(caller);
      time.advanceSeconds(45);
      assertThat(time.pendingTasks()).as("timers of %s", phone.stack()).isZero();
      pickedUp.countDown();
      assertThat(caller.readMessage()).startsWith("SIP/2.0 200").doesNotContain("Ms-Keep-Alive");
    }
  }

  @Test
  @Requirement({"OBP-2", "OBP-7"})
  void aProxyClosesTheSameConnection() throws Exception {
    try (PlainApplication proxy = phone("proxy");
        RawPeer caller = RawPeer.connect(port)) {
      rings(caller);
      time.advanceSeconds(45);
      assertThat(caller.readsNothingButTheEnd()).as("%s closes", proxy.stack()).isTrue();
    }
  }
}
