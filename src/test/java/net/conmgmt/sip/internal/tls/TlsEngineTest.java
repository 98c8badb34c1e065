package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import net.conmgmt.sip.internal.tls.TlsEngine.Need;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a handshake puts on the wire, between two of the JDK's engines. */
class TlsEngineTest {

  /** One side, and what it has sent since the other one read. */
  private static final class Side {
    private final Queue<ByteBuffer> sent = new ArrayDeque<>();
    private final TlsEngine engine;
    private Need need = Need.PEER;
    private int writes;

    Side(SSLEngine engine) {
      this.engine = new TlsEngine(engine, false, this::send);
    }

    private void send(ByteBuffer records) {
      writes++;
      sent.add(ByteBuffer.allocate(records.remaining()).put(records).flip());
    }

    void read(ByteBuffer records) throws IOException {
      ByteBuffer plain = engine.plainBuffer();
      while (records.hasRemaining()) {
        need = engine.answer(engine.unwrap(records, plain).getHandshakeStatus());
        while (need == Need.TASKS) {
          engine.runTasks();
          need = engine.afterTasks();
        }
      }
    }
  }

  private static Side side(SSLContext context, String version, boolean client) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(client);
    engine.setEnabledProtocols(new String[] {version});
    return new Side(engine);
  }

  @ParameterizedTest
  // A client of TLS 1.3 answers the first record of the server's flight before it reads the next.
  @CsvSource({"TLSv1.2, 2", "TLSv1.3, 3"})
  void whatTheHandshakeHasToSayAtATimeLeavesInOneWrite(
      String version, int ofClient, @TempDir Path folder) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    Side server =
        side(authority.issue().names("ip:127.0.0.1").make().serverContext(), version, false);
    Side client = side(authority.clientContext(), version, true);
    client.engine.begin();
    while (!client.sent.isEmpty() || !server.sent.isEmpty()) {
      while (!client.sent.isEmpty()) {
        server.read(client.sent.remove());
      }
      while (!server.sent.isEmpty()) {
        client.read(server.sent.remove());
      }
    }
    assertThat(client.need).isEqualTo(Need.NOTHING);
    assertThat(server.need).isEqualTo(Need.NOTHING);
    assertThat(client.writes).isEqualTo(ofClient);
    assertThat(server.writes).isEqualTo(2);
  }
}
