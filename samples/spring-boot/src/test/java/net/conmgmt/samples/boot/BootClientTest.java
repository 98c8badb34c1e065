package net.conmgmt.samples.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sip.SipStack;
import net.conmgmt.sip.ConnectionManagement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** The application as Boot starts it, with a proxy of raw bytes. */
@ExtendWith(OutputCaptureExtension.class)
class BootClientTest {

  private static final int WAIT_MILLIS = 15_000;

  @Test
  void itRegistersAndKeepsItsConnection(CapturedOutput output) throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      System.setProperty("javax.sip.OUTBOUND_PROXY", "127.0.0.1:" + proxy.getLocalPort() + "/TCP");
      try (ConfigurableApplicationContext context =
              new SpringApplicationBuilder(BootClient.class).run("--sip.port=" + freePort());
          Socket connection = proxy.accept()) {
        connection.setSoTimeout(WAIT_MILLIS);
        String register = readMessage(connection);
        assertThat(register).contains("Ms-Keep-Alive: UAC;hop-hop=yes");
        answer(connection, register);
        assertThat(read(connection, 4)).isEqualTo("\r\n\r\n");

        SipStack stack = context.getBean(SipStack.class);
        assertThat(ConnectionManagement.of(stack).counts().keepAlives().negotiated()).isEqualTo(1);
        MeterRegistry meters = context.getBean(MeterRegistry.class);
        assertThat(meters.find("conmgmt.connections").gauges())
            .singleElement()
            .satisfies(gauge -> assertThat(gauge.value()).isEqualTo(1));
        assertThat(output).contains("keep-alive negotiated").contains("answer to REGISTER: 200");
      } finally {
        System.clearProperty("javax.sip.OUTBOUND_PROXY");
      }
      assertThat(liveThreadsOfTheStack()).isEmpty();
    }
  }

  private static Set<String> liveThreadsOfTheStack() throws InterruptedException {
    Set<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().matches("conmgmt-.*|EventScannerThread"))
            .collect(Collectors.toSet());
    for (Thread thread : threads) {
      thread.join(WAIT_MILLIS);
    }
    return threads.stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String readMessage(Socket connection) throws Exception {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      text.append(read(connection, 1));
    }
    return text.toString();
  }

  private static String read(Socket connection, int bytes) throws Exception {
    return new String(connection.getInputStream().readNBytes(bytes), StandardCharsets.US_ASCII);
  }

  /** 200 with the answer of a proxy, T = 1 s. */
  private static void answer(Socket connection, String request) throws Exception {
    String copied =
        request
            .lines()
            .filter(line -> line.matches("(Via|From|Call-ID|CSeq|Contact|Expires):.*"))
            .collect(Collectors.joining("\r\n"));
    String to =
        request.lines().filter(line -> line.startsWith("To:")).findFirst().orElseThrow() + ";tag=2";
    String response =
        String.join(
            "\r\n",
            "SIP/2.0 200 OK",
            copied,
            to,
            "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1",
            "Content-Length: 0",
            "",
            "");
    OutputStream out = connection.getOutputStream();
    out.write(response.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }
}
