package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.ManyTlsClients;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Everybody comes back at once, as after an outage, to a proxy that has just started. */
class TlsStormTest {

  /** More than wait in the system's backlog and in the queue of handshakes together. */
  private static final int CLIENTS = Integer.getInteger("storm.clients", 500);

  private static String register(int number) {
    return "REGISTER sip:contoso.test SIP/2.0\r\n"
        + "Via: SIP/2.0/TLS 127.0.0.1:5999;branch=z9hG4bK-storm"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:u"
        + number
        + "@contoso.test>;tag=1\r\nTo: <sip:u"
        + number
        + "@contoso.test>\r\nCall-ID: storm-"
        + number
        + "\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
  }

  @ParameterizedTest
  @CsvSource({"nio, TLSv1.2", "nio, TLSv1.3", "blocking, TLSv1.2", "blocking, TLSv1.3"})
  void everyClientOfAStormIsServed(String io, String version, @TempDir Path folder)
      throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int port = Stacks.freePort();
    try (PlainApplication proxy =
            new PlainApplication(
                authority.properties(
                    authority.keyStore("x", "ip:127.0.0.1"),
                    IoKinds.PROPERTY,
                    io,
                    "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS",
                    "10000"),
                "127.0.0.1",
                port,
                "tls");
        ManyTlsClients clients = new ManyTlsClients()) {
      clients.connect(authority.clientContext(), version, port, CLIENTS, TlsStormTest::register);
      assertThat(clients.awaitOutcomes()).as("served, of transport %s", proxy).isEqualTo(CLIENTS);
    }
  }
}
