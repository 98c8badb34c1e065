package net.conmgmt.sip.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A peer that speaks bytes, so that a test sees and says exactly what is on the wire. */
public final class RawPeer implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket tcp;
  private final Socket socket;

  private RawPeer(Socket socket) throws IOException {
    this(socket, socket);
  }

  private RawPeer(Socket tcp, Socket socket) throws IOException {
    this.tcp = tcp;
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /** Connects to a loopback port. */
  public static RawPeer connect(int port) throws IOException {
    return connect(InetAddress.getLoopbackAddress(), port);
  }

  /** Connects to a port of a local address. */
  public static RawPeer connect(InetAddress address, int port) throws IOException {
    return new RawPeer(new Socket(address, port));
  }

  /** Connects to a loopback port and shakes hands. */
  public static RawPeer connectTls(int port, SSLContext context) throws IOException {
    return connectTls(InetAddress.getLoopbackAddress(), port, context);
  }

  /** Connects to a port of a local address and shakes hands. */
  public static RawPeer connectTls(InetAddress address, int port, SSLContext context)
      throws IOException {
    return overTls(new Socket(address, port), context);
  }

  /** Shakes hands over a TCP connection. */
  public static RawPeer overTls(Socket tcp, SSLContext context) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(tcp, tcp.getInetAddress().getHostAddress(), tcp.getPort(), true);
    RawPeer peer = new RawPeer(tcp, socket);
    socket.startHandshake();
    return peer;
  }

  /** Takes the next connection of {@code server}. */
  public static RawPeer accept(ServerSocket server) throws IOException {
    server.setSoTimeout(PATIENCE_MILLIS);
    return new RawPeer(server.accept());
  }

  /** Takes the next connection of {@code server} and shakes hands. */
  public static RawPeer acceptTls(ServerSocket server, SSLContext context) throws IOException {
    server.setSoTimeout(PATIENCE_MILLIS);
    Socket tcp = server.accept();
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(tcp, null, tcp.getPort(), true);
    socket.setUseClientMode(false);
    RawPeer peer = new RawPeer(tcp, socket);
    socket.startHandshake();
    return peer;
  }

  /** Speaks over a socket that is connected already, a TLS socket for instance. */
  public static RawPeer over(Socket socket) throws IOException {
    return new RawPeer(socket);
  }

  public Socket socket() {
    return socket;
  }

  public void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  /** Reads exactly that many bytes. */
  public String read(int count) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(count);
    if (bytes.length < count) {
      throw new IOException(
          "Expected "
              + count
              + " bytes, found the end of the stream after '"
              + new String(bytes, StandardCharsets.UTF_8)
              + "'");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Reads a message without body: up to and with its empty line. */
  public String readMessage() throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("Expected a message, found the end of the stream: " + message);
      }
      message.write(b);
      String text = message.toString(StandardCharsets.UTF_8);
      if (text.endsWith("\r\n\r\n") && text.length() > 4) {
        return text;
      }
    }
  }

  /** Whether the peer ends the stream without another byte; waits for it. */
  public boolean readsNothingButTheEnd() throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  /** Ends the connection with RST, as the kernel does for a process that was killed while busy. */
  public void reset() throws IOException {
    tcp.setSoLinger(true, 0);
    tcp.close();
  }

  /** Reads away what comes until the peer has ended the stream. */
  public boolean readsEnd() throws IOException {
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      return true;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  /** A 200 to a request as it was read, with one more header line. */
  public static String okTo(String request, String headerLine) {
    StringBuilder response = new StringBuilder("SIP/2.0 200 OK\r\n");
    for (String line : request.split("\r\n", -1)) {
      String lower = line.toLowerCase(java.util.Locale.ROOT);
      if (lower.startsWith("via:")
          || lower.startsWith("from:")
          || lower.startsWith("call-id:")
          || lower.startsWith("cseq:")) {
        response.append(line).append("\r\n");
      } else if (lower.startsWith("to:")) {
        response.append(line).append(";tag=peer\r\n");
      }
    }
    return response.append(headerLine).append("Content-Length: 0\r\n\r\n").toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
