package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.tls.TlsEngine.Need;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** When plaintext becomes records, as the socket's wire sees it, with the JDK's engines. */
@ParameterizedClass
@ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RecordWriterTest {

  private static final int RECORDS = 40;
  private static final int ROUNDS = 20;
  private static final int RECORD_BYTES = 16 * 1024;

  /** What a socket does with a record. */
  private interface Taking {
    boolean takes(int number);
  }

  private final class Socket implements Wire {
    @Override
    public boolean write(ByteBuffer bytes) {
      return taking.takes(written.incrementAndGet());
    }

    @Override
    public void connect(InetSocketAddress remote, InetAddress from) {}

    @Override
    public void begin(SocketChannel accepted) {}

    @Override
    public @Nullable InetSocketAddress localAddress() {
      return null;
    }

    @Override
    public void pauseReading(boolean pause) {}

    @Override
    public boolean isReadingPaused() {
      return false;
    }

    @Override
    public void close(@Nullable ByteBuffer farewell) {}
  }

  private static final class Owner implements TlsWire.Owner {
    private final List<IOException> failures = new ArrayList<>();

    @Override
    public void securing() {}

    @Override
    public void secured(SSLSession session) {}

    @Override
    public void spokeSecured() {}

    @Override
    public void connected() {}

    @Override
    public void received(ByteBuffer bytes) {}

    @Override
    public void ended() {}

    @Override
    public void failed(IOException cause) {
      failures.add(cause);
    }

    @Override
    public void wroteQueued(boolean all) {}
  }

  private final TlsState tls = new TlsState();
  private final AtomicInteger written = new AtomicInteger();
  private final Owner owner = new Owner();
  private volatile Taking taking = number -> true;
  private final RecordWriter writer;

  RecordWriterTest(String version, @TempDir Path folder) throws Exception {
    MemoryBudget memory = new MemoryBudget(100_000_000);
    writer =
        new RecordWriter(
            tls, new Socket(), () -> new WriteQueue(8 << 20, memory), Runnable::run, owner);
    SSLEngine engine = secured(new TestCertificates(folder), version);
    tls.engine = new TlsEngine(engine, false, writer::toSocket);
    tls.open = true;
    tls.need = Need.NOTHING;
  }

  /** The engine of a server whose handshake with a client is done. */
  private static SSLEngine secured(TestCertificates authority, String version) throws Exception {
    SSLEngine server =
        authority.issue().names("ip:127.0.0.1").make().serverContext().createSSLEngine();
    server.setUseClientMode(false);
    SSLEngine client = authority.clientContext().createSSLEngine();
    client.setUseClientMode(true);
    client.setEnabledProtocols(new String[] {version});
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    ByteBuffer unused = ByteBuffer.allocate(1 << 15);
    client.beginHandshake();
    while (true) {
      boolean moved = step(client, toServer, toClient, unused);
      moved |= step(server, toClient, toServer, unused);
      if (!moved) {
        return server;
      }
    }
  }

  private static boolean step(SSLEngine engine, ByteBuffer out, ByteBuffer in, ByteBuffer unused)
      throws Exception {
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      engine.getDelegatedTask().run();
      return true;
    }
    int moved = 0;
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      moved = engine.wrap(ByteBuffer.allocate(0), out).bytesProduced();
    }
    in.flip();
    if (in.hasRemaining()) {
      moved += engine.unwrap(in, unused).bytesConsumed();
    }
    in.compact();
    return moved > 0;
  }

  /** A thread that wants to read while the first record of a large message is made. */
  @Test
  void theThreadThatReadsNeedNotWaitForMoreThanOneRecordOfALargeMessage() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      written.set(0);
      AtomicInteger writtenBefore = new AtomicInteger();
      Thread reader =
          new Thread(
              () -> {
                tls.readerWantsLock();
                synchronized (tls) {
                  tls.readerHasLock();
                  writtenBefore.set(written.get());
                }
              });
      taking =
          number -> {
            if (number == 1) {
              reader.start();
              awaitBlocked(reader);
            }
            return true;
          };

      writer.write(ByteBuffer.allocate(RECORDS * RECORD_BYTES));
      reader.join();

      assertThat(writtenBefore).hasValue(1);
      assertThat(written.get()).isGreaterThanOrEqualTo(RECORDS);
    }
  }

  private static void awaitBlocked(Thread thread) {
    while (thread.getState() != Thread.State.BLOCKED) {
      assertThat(thread.isAlive()).as("it wants the lock").isTrue();
      Thread.onSpinWait();
    }
  }

  @Test
  void aSocketThatIsFullIsGivenNoFurtherRecord() throws Exception {
    taking = number -> false;

    assertThat(writer.write(ByteBuffer.allocate(RECORDS * RECORD_BYTES))).isFalse();
    for (int records = 1; records < 5; records++) {
      assertThat(written).hasValue(records);
      writer.wroteQueued(true);
    }
  }

  @Test
  void afterAnErrorBetweenTwoRecordsNothingOfTheMessageFollows() {
    taking =
        number -> {
          if (number == 3) {
            throw new OutOfMemoryError("no heap for the third record");
          }
          return true;
        };

    assertThatThrownBy(() -> writer.write(ByteBuffer.allocate(RECORDS * RECORD_BYTES)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no heap for the third record");

    assertThat(written).hasValue(3);
    synchronized (tls) {
      // The alert that ends TLS.
      ByteBuffer last = writer.lastRecords();
      assertThat(last == null ? 0 : last.remaining()).isBetween(1, 100);
    }
  }
}
