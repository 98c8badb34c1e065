package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What came in the same packet as the bytes that ended a connection, but in a later TLS record. */
class BytesAfterTheEndTest {

  /** Its bytes leave in one piece, when told. */
  private static final class HoldingSocket extends Socket {

    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean holding;

    HoldingSocket(int port) throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      OutputStream out = super.getOutputStream();
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
          (holding ? held : out).write(bytes, from, count);
        }
      };
    }

    void hold() {
      holding = true;
    }

    void letGo() throws IOException {
      super.getOutputStream().write(held.toByteArray());
    }
  }

  private static String options(int number) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5999;branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void areNotProcessed(String io, @TempDir Path folder) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int port = Stacks.freePort();
    EventRecorder events = new EventRecorder();
    try (PlainApplication server =
        new PlainApplication(
            authority.properties(
                authority.keyStore("x", "ip:127.0.0.1"),
                IoKinds.PROPERTY,
                io,
                // One message after the other: what comes late would come before the good peer's.
                "gov.nist.javax.sip.THREAD_POOL_SIZE",
                "1"),
            "127.0.0.1",
            port,
            "tls")) {
      ConnectionManagement.of(server.stack()).addListener(events);
      HoldingSocket tcp = new HoldingSocket(port);
      try (RawPeer bad = RawPeer.overTls(tcp, authority.clientContext())) {
        tcp.hold();
        bad.send("<garbage>");
        bad.send(options(1));
        tcp.letGo();
        events.await("closed PROXY BAD_INPUT Expected a SIP message or CRLF, found byte 0x3c");
      }
      try (RawPeer good = RawPeer.connectTls(port, authority.clientContext())) {
        good.send(options(2));
        assertThat(good.readMessage()).contains("call-2");
      }
      assertThat(server.requests).singleElement().asString().contains("call-2");
    }
  }
}
