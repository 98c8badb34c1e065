package net.conmgmt.sip.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.LogManager;

/**
 * Starts a stack in a fresh JVM and prints how many milliseconds that took, from the call of the
 * factory to the listening socket, and how many until the first request was answered. Log and
 * javax.sip's own factory are loaded before: an application has them without this library too.
 */
public final class StartUp {

  private StartUp() {}

  public static void main(String[] args) throws Exception {
    ChildMain.begin();
    LogManager.getLogger(StartUp.class).debug("loaded");
    int port = Stacks.freePort();
    long start = System.nanoTime();
    SipServer server = new SipServer(SipServer.properties(args[0]), port);
    long listening = System.nanoTime();
    register(port);
    ChildMain.answer((listening - start) / 1e6, (System.nanoTime() - start) / 1e6);
    ChildMain.obey(words -> new double[] {server.port()});
  }

  private static void register(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(RegisterText.of(1, true));
      if (socket.getInputStream().read() < 0) {
        throw new IOException("Expected a response, found the end of the connection");
      }
    }
  }
}
