package net.conmgmt.sip.testing;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A small authoritative DNS server over UDP and TCP, for tests: it serves a {@link DnsZone} and
 * misbehaves on demand, name by name. Answers that do not fit into the client's UDP payload are
 * truncated, so that the client asks again by TCP.
 *
 * <p>Thread-safe. It answers until {@link #close()}; its threads are daemons.
 */
public final class DnsServer implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(DnsServer.class);

  private static final int PORT_TRIES = 20;
  private static final int PLAIN_UDP_BYTES = 512;

  private final DnsZone zone = new DnsZone();
  private final Map<String, Manners> manners = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<?>> held = new ConcurrentHashMap<>();
  private final List<String> queries = new CopyOnWriteArrayList<>();
  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final ScheduledExecutorService delays;
  private volatile boolean closed;

  /** What is odd about the answers for one name. */
  private record Manners(
      int rcode, Duration delay, boolean drop, boolean truncate, UnaryOperator<byte[]> mangle) {
    static final Manners GOOD =
        new Manners(Rcode.NOERROR, Duration.ZERO, false, false, UnaryOperator.identity());
  }

  /** Serves on a port of 127.0.0.1 that the system chooses. */
  public DnsServer() throws IOException {
    this(InetAddress.getLoopbackAddress(), 0);
  }

  /**
   * Serves on {@code address} and {@code port}, the same for UDP and TCP; port 0 lets the system
   * choose.
   *
   * @throws IOException if the port is taken or not permitted
   */
  public DnsServer(InetAddress address, int port) throws IOException {
    Sockets sockets = bind(address, port);
    udp = sockets.udp;
    tcp = sockets.tcp;
    delays =
        Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "dns-server-" + udpPort()));
    daemon(this::serveUdp, "dns-server-udp-" + udpPort()).start();
    daemon(this::acceptTcp, "dns-server-tcp-" + udpPort()).start();
  }

  private record Sockets(DatagramSocket udp, ServerSocket tcp) {}

  private static Sockets bind(InetAddress address, int port) throws IOException {
    for (int tries = 1; ; tries++) {
      DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, port));
      try {
        return new Sockets(udp, new ServerSocket(udp.getLocalPort(), 50, address));
      } catch (IOException e) {
        udp.close();
        if (port != 0 || tries == PORT_TRIES) {
          throw e;
        }
        LOG.debug("TCP port of UDP port {} is taken, trying another", udp.getLocalPort());
      }
    }
  }

  /** Where it answers. */
  public InetSocketAddress address() {
    return new InetSocketAddress(udp.getLocalAddress(), udp.getLocalPort());
  }

  /** Where it answers, as the property {@code net.conmgmt.sip.DNS_SERVERS} wants it. */
  public String property() {
    String host = udp.getLocalAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + udpPort();
  }

  /** What it serves; may be changed at any time. */
  public DnsZone zone() {
    return zone;
  }

  /** Answers queries for {@code name} with this rcode and no records; see {@link Rcode}. */
  public DnsServer rcode(String name, int rcode) {
    Manners old = mannersOf(name);
    return set(name, new Manners(rcode, old.delay, old.drop, old.truncate, old.mangle));
  }

  /** Answers queries for {@code name} after this time; other queries are not held up. */
  public DnsServer delay(String name, Duration delay) {
    Manners old = mannersOf(name);
    return set(name, new Manners(old.rcode, delay, old.drop, old.truncate, old.mangle));
  }

  /** Answers queries for {@code name} once {@code event} has come; others are not held up. */
  public DnsServer hold(String name, CompletableFuture<?> event) {
    held.put(key(name), event);
    return this;
  }

  /** Never answers queries for {@code name}. */
  public DnsServer drop(String name) {
    Manners old = mannersOf(name);
    return set(name, new Manners(old.rcode, old.delay, true, old.truncate, old.mangle));
  }

  /** Answers UDP queries for {@code name} with nothing but the TC flag. */
  public DnsServer truncate(String name) {
    Manners old = mannersOf(name);
    return set(name, new Manners(old.rcode, old.delay, old.drop, true, old.mangle));
  }

  /** Sends what {@code mangle} makes of the bytes of the good answer for {@code name}. */
  public DnsServer mangle(String name, UnaryOperator<byte[]> mangle) {
    Manners old = mannersOf(name);
    return set(name, new Manners(old.rcode, old.delay, old.drop, old.truncate, mangle));
  }

  /** Behaves well for {@code name} again. */
  public DnsServer behave(String name) {
    manners.remove(key(name));
    return this;
  }

  /** Every query so far, in order, as {@code name. type udp} or {@code name. type tcp}. */
  public List<String> queries() {
    return List.copyOf(queries);
  }

  @Override
  public void close() {
    closed = true;
    delays.shutdownNow();
    udp.close();
    closeQuietly(tcp);
    connections.forEach(DnsServer::closeQuietly);
  }

  private void serveUdp() {
    byte[] buffer = new byte[65_535];
    while (!closed) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        udp.receive(packet);
        InetSocketAddress client = (InetSocketAddress) packet.getSocketAddress();
        Message query = new Message(ByteBuffer.wrap(buffer, 0, packet.getLength()));
        answer(query, true, bytes -> udp.send(new DatagramPacket(bytes, bytes.length, client)));
      } catch (IOException | RuntimeException e) {
        if (!closed) {
          LOG.warn("A DNS query over UDP could not be answered", e);
        }
      }
    }
  }

  private void acceptTcp() {
    while (!closed) {
      try {
        Socket socket = tcp.accept();
        connections.add(socket);
        daemon(() -> serveTcp(socket), "dns-server-tcp-client").start();
      } catch (IOException e) {
        if (!closed) {
          LOG.warn("A DNS client could not be accepted", e);
        }
      }
    }
  }

  private void serveTcp(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (!closed) {
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        answer(new Message(query), false, bytes -> writeTcp(out, bytes));
      }
    } catch (EOFException | SocketException e) {
      LOG.debug("A DNS client has gone: {}", e.toString());
    } catch (IOException e) {
      LOG.warn("A DNS query over TCP could not be answered", e);
    } finally {
      connections.remove(socket);
    }
  }

  private static void writeTcp(OutputStream out, byte[] bytes) throws IOException {
    byte[] framed =
        ByteBuffer.allocate(bytes.length + 2).putShort((short) bytes.length).put(bytes).array();
    synchronized (out) {
      out.write(framed);
    }
  }

  private interface Reply {
    void send(byte[] answer) throws IOException;
  }

  private void answer(Message query, boolean overUdp, Reply reply) throws IOException {
    Record question = query.getQuestion();
    if (question == null) {
      return;
    }
    String name = question.getName().toString();
    queries.add(name + " " + Type.string(question.getType()) + (overUdp ? " udp" : " tcp"));
    Manners how = mannersOf(name);
    if (how.drop) {
      return;
    }
    byte[] bytes = how.mangle.apply(encode(query, how, overUdp));
    CompletableFuture<?> event = held.get(key(name));
    if (event != null) {
      CompletableFuture<?> unused = event.thenRun(() -> sendLate(reply, bytes));
      return;
    }
    if (how.delay.isZero()) {
      reply.send(bytes);
      return;
    }
    try {
      Future<?> unused =
          delays.schedule(() -> sendLate(reply, bytes), how.delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("Closed before the delayed answer for {}", name);
    }
  }

  private void sendLate(Reply reply, byte[] bytes) {
    try {
      reply.send(bytes);
    } catch (IOException e) {
      if (!closed) {
        LOG.warn("A delayed DNS answer could not be sent", e);
      }
    }
  }

  private byte[] encode(Message query, Manners how, boolean overUdp) {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.AA);
    answer.getHeader().setFlag(Flags.RA);
    answer.addRecord(query.getQuestion(), Section.QUESTION);
    if (how.rcode != Rcode.NOERROR) {
      answer.getHeader().setRcode(how.rcode);
    } else if (overUdp && how.truncate) {
      answer.getHeader().setFlag(Flags.TC);
    } else {
      zone.answer(query.getQuestion(), answer);
    }
    OPTRecord edns = query.getOPT();
    int limit = edns == null ? PLAIN_UDP_BYTES : Math.max(PLAIN_UDP_BYTES, edns.getPayloadSize());
    return answer.toWire(overUdp ? limit : Message.MAXLENGTH);
  }

  private Manners mannersOf(String name) {
    return manners.getOrDefault(key(name), Manners.GOOD);
  }

  private DnsServer set(String name, Manners how) {
    manners.put(key(name), how);
    return this;
  }

  private static String key(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower : lower + ".";
  }

  private int udpPort() {
    return udp.getLocalPort();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static void closeQuietly(AutoCloseable socket) {
    try {
      socket.close();
    } catch (Exception e) {
      LOG.debug("A socket could not be closed", e);
    }
  }
}
