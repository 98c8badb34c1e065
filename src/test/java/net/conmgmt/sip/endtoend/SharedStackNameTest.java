package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackImpl;
import java.net.InetAddress;
import java.util.Properties;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Applications with several interfaces make a stack for each, all with one name. */
class SharedStackNameTest {

  private static SipStackImpl stack(String ioKind, String address, int port) throws Exception {
    Properties properties =
        Stacks.managed(
            IoKinds.PROPERTY,
            ioKind,
            "javax.sip.STACK_NAME",
            "shared",
            "javax.sip.IP_ADDRESS",
            address);
    SipStackImpl stack = new SipStackImpl(properties);
    stack.createSipProvider(stack.createListeningPoint(address, port, "tcp"));
    return stack;
  }

  private static void assertAnswersPing(String address, int port) throws Exception {
    try (RawPeer peer = RawPeer.connect(InetAddress.getAllByName(address)[0], port)) {
      peer.send("\r\n\r\n");
      assertThat(peer.read(2)).isEqualTo("\r\n");
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void stacksOfOneNameServeTheirInterfacesAndOneStopsWithoutTheOther(String ioKind)
      throws Exception {
    int port = Stacks.freePort();
    SipStackImpl first = stack(ioKind, "127.0.0.1", port);
    SipStackImpl second = stack(ioKind, "127.0.0.2", port);
    try {
      assertAnswersPing("127.0.0.1", port);
      assertAnswersPing("127.0.0.2", port);
      first.stop();
      assertAnswersPing("127.0.0.2", port);
    } finally {
      first.stop();
      second.stop();
    }
  }
}
