package net.conmgmt.interop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Stands before a DNS server on loopback and hands each of its answers on late. Thread-safe. */
final class DelayingRelay implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(DelayingRelay.class);
  private static final int LARGEST = 65_535;
  private static final int PATIENCE_MILLIS = 10_000;

  private final DatagramSocket front = new DatagramSocket(0, InetAddress.getLoopbackAddress());
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(16);
  private final int serverPort;
  private final long delayMillis;

  DelayingRelay(int serverPort, long delayMillis) throws IOException {
    this.serverPort = serverPort;
    this.delayMillis = delayMillis;
    threads.execute(this::receive);
  }

  int port() {
    return front.getLocalPort();
  }

  private void receive() {
    while (!front.isClosed()) {
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
      try {
        front.receive(packet);
        byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
        threads.execute(() -> ask(query, packet.getSocketAddress()));
      } catch (IOException e) {
        LOG.debug("The relay ends", e);
      }
    }
  }

  private void ask(byte[] query, SocketAddress client) {
    try (DatagramSocket back = new DatagramSocket()) {
      back.setSoTimeout(PATIENCE_MILLIS);
      back.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
      back.send(new DatagramPacket(query, query.length));
      DatagramPacket answer = new DatagramPacket(new byte[LARGEST], LARGEST);
      back.receive(answer);
      answer.setSocketAddress(client);
      var unused = threads.schedule(() -> answer(answer), delayMillis, TimeUnit.MILLISECONDS);
    } catch (IOException e) {
      LOG.info("A query was not relayed", e);
    }
  }

  private void answer(DatagramPacket answer) {
    try {
      front.send(answer);
    } catch (IOException e) {
      LOG.info("An answer was not relayed", e);
    }
  }

  @Override
  public void close() {
    front.close();
    threads.shutdownNow();
  }
}
