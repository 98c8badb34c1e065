package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Torture messages after RFC 4475, each on a connection of its own, and then an OPTIONS that must
 * be answered there. What the RI's own transport survives, the managed transport has to survive.
 */
// Each CR LF has to be seen.
@Tag("peers")
@SuppressWarnings("StringConcatToTextBlock")
class TortureInteropTest {

  private static final Logger LOG = LogManager.getLogger(TortureInteropTest.class);

  private enum Fate {
    SERVED,
    SILENT,
    CLOSED
  }

  /** A stock stack that is slower than this claims nothing. */
  private static final int STOCK_MILLIS = 1_500;

  private static final int MANAGED_MILLIS = 20_000;

  private static final String NEXT =
      "OPTIONS sip:next@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKnext%d\r\n"
          + "Max-Forwards: 70\r\nFrom: <sip:next@example.com>;tag=next\r\nTo: <sip:next@example.com>\r\n"
          + "Call-ID: next-%d\r\nCSeq: 4711 OPTIONS\r\nContent-Length: 0\r\n\r\n";

  private int number;

  @Test
  void noConnectionIsLostThatTheStockStackKeeps() throws Exception {
    Map<String, Fate> blocking = stock("");
    Map<String, Fate> nio = stock("gov.nist.javax.sip.stack.NioMessageProcessorFactory");
    for (String kind : IoKinds.all()) {
      Map<String, Fate> managed = new LinkedHashMap<>();
      Properties properties = Stacks.managed(IoKinds.PROPERTY, kind);
      int port = Stacks.freePort();
      try (PlainApplication server = new PlainApplication(properties, "127.0.0.1", port)) {
        TortureMessages.all()
            .forEach(
                (name, text) -> {
                  boolean kept = blocking.get(name) == Fate.SERVED || nio.get(name) == Fate.SERVED;
                  managed.put(name, fate(port, text, kept ? MANAGED_MILLIS : STOCK_MILLIS));
                });
        assertThat(server.requests).isNotEmpty();
      }
      TortureMessages.all()
          .keySet()
          .forEach(
              name ->
                  LOG.info(
                      "{}: stock blocking {}, stock nio {}, managed {} {}",
                      name,
                      blocking.get(name),
                      nio.get(name),
                      kind,
                      managed.get(name)));
      // Where two lengths are given, nobody can say where the next message begins: deliberate.
      assertThat(managed.remove("mcl01")).isEqualTo(Fate.CLOSED);
      assertThat(managed)
          .as(kind)
          .allSatisfy(
              (name, fate) -> {
                if (blocking.get(name) == Fate.SERVED || nio.get(name) == Fate.SERVED) {
                  assertThat(fate).as(name).isEqualTo(Fate.SERVED);
                }
              });
    }
  }

  private Map<String, Fate> stock(String factory) throws Exception {
    Properties properties = new Properties();
    if (!factory.isEmpty()) {
      properties.setProperty("gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY", factory);
    }
    Map<String, Fate> fates = new LinkedHashMap<>();
    int port = Stacks.freePort();
    try (PlainApplication server = new PlainApplication(properties, "127.0.0.1", port)) {
      TortureMessages.all()
          .forEach((name, text) -> fates.put(name, fate(port, text, STOCK_MILLIS)));
      assertThat(server.requests).isNotEmpty();
    }
    assertThat(fates.values()).contains(Fate.SERVED);
    return fates;
  }

  private Fate fate(int port, String text, int patienceMillis) {
    number++;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(patienceMillis);
      String all = text + NEXT.formatted(number, number);
      socket.getOutputStream().write(all.getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder answers = new StringBuilder();
      byte[] buffer = new byte[4096];
      while (!answers.toString().matches("(?s).*Call-ID: next-" + number + "\r\n.*")) {
        int read = socket.getInputStream().read(buffer);
        if (read < 0) {
          return Fate.CLOSED;
        }
        answers.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
      }
      return Fate.SERVED;
    } catch (SocketTimeoutException e) {
      return Fate.SILENT;
    } catch (SocketException e) {
      return Fate.CLOSED;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
