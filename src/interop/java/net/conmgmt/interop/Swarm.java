package net.conmgmt.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Very many phones of contoso.test on one thread, each with one device, which register by Digest at
 * one proxy or another and answer every MESSAGE. A phone that moves opens a new connection and
 * leaves the old one to the proxies. Thread-safe.
 */
final class Swarm implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(Swarm.class);

  static final String PASSWORD = "secret";
  private static final Pattern NONCE = Pattern.compile("nonce=\"([^\"]*)\"");

  /** The MD5 challenge is the second of two. */
  private static final Pattern MD5 =
      Pattern.compile("(?m)^WWW-Authenticate:.*algorithm=MD5.*$", Pattern.CASE_INSENSITIVE);

  /** One phone, and the connections that it has opened, in order. */
  final class Phone {
    final String user;
    private final List<Connection> connections = new ArrayList<>();
    private @Nullable String nonce;
    private int uses;

    private Phone(String user) {
      this.user = user;
    }

    /** Opens a connection to that port and registers on it. */
    CompletableFuture<Connection> registerAt(int port) {
      return registerAt(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    CompletableFuture<Connection> registerAt(InetSocketAddress proxy) {
      Connection connection = new Connection(this, proxy);
      synchronized (connections) {
        connections.add(connection);
      }
      run(connection::open);
      return connection.registered;
    }

    Connection last() {
      synchronized (connections) {
        return connections.get(connections.size() - 1);
      }
    }

    /** Those of all times, in order. */
    List<Connection> all() {
      synchronized (connections) {
        return List.copyOf(connections);
      }
    }

    List<Connection> open() {
      synchronized (connections) {
        return connections.stream().filter(connection -> connection.closedNanos == 0).toList();
      }
    }
  }

  /** One connection of a phone. */
  final class Connection {
    final Phone phone;
    final InetSocketAddress proxy;
    final CompletableFuture<Connection> registered = new CompletableFuture<>();
    final CompletableFuture<Connection> closed = new CompletableFuture<>();

    /** When the success came; 0 before. */
    volatile long registeredNanos;

    /** When the end was noticed; 0 before. */
    volatile long closedNanos;

    private final String callId = UUID.randomUUID().toString();
    private final Map<String, CompletableFuture<Integer>> asked = new ConcurrentHashMap<>();
    private final Queue<String> texts = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<ByteBuffer> toWrite = new ArrayDeque<>();
    private ByteBuffer in = ByteBuffer.allocate(4_096);
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private int cseq;

    private Connection(Phone phone, InetSocketAddress proxy) {
      this.phone = phone;
      this.proxy = proxy;
    }

    /** The bodies of the messages that came on it. */
    Queue<String> texts() {
      return texts;
    }

    private void open() {
      try {
        SocketChannel made = SocketChannel.open();
        channel = made;
        made.configureBlocking(false);
        made.connect(proxy);
        key = made.register(selector, SelectionKey.OP_CONNECT, this);
      } catch (IOException e) {
        ended(e);
      }
    }

    private void ready(SelectionKey ready) {
      try {
        SocketChannel socket = (SocketChannel) ready.channel();
        if (ready.isConnectable() && socket.finishConnect()) {
          ready.interestOps(SelectionKey.OP_READ);
          register();
        }
        if (ready.isValid() && ready.isReadable()) {
          read(socket);
        }
        if (ready.isValid() && ready.isWritable()) {
          write();
        }
      } catch (IOException e) {
        ended(e);
      }
    }

    private void ended(@Nullable IOException why) {
      if (closedNanos != 0) {
        return;
      }
      closedNanos = System.nanoTime();
      IOException cause =
          why == null ? new IOException("The proxy closed the connection of " + phone.user) : why;
      if (key != null) {
        key.cancel();
      }
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException e) {
          LOG.debug("Closing a connection of {}", phone.user, e);
        }
      }
      registered.completeExceptionally(cause);
      asked.values().forEach(answer -> answer.completeExceptionally(cause));
      closed.complete(this);
    }

    void close() {
      run(() -> ended(new IOException("closed here")));
    }

    private void register() throws IOException {
      cseq++;
      StringBuilder text = new StringBuilder();
      text.append("REGISTER sip:contoso.test SIP/2.0\r\n");
      common(text, "REGISTER", phone.user, "sip:" + phone.user + "@contoso.test", cseq, callId);
      text.append("Contact: <sip:").append(phone.user).append('@').append(here());
      text.append(";transport=tcp>;+sip.instance=\"<urn:uuid:")
          .append(instance())
          .append(">\"\r\n");
      text.append("Expires: 600\r\n");
      String nonce = phone.nonce;
      if (nonce != null) {
        phone.uses++;
        text.append(authorization(nonce, phone.uses)).append("\r\n");
      }
      send(text.append("Content-Length: 0\r\n\r\n").toString());
    }

    private String instance() {
      return UUID.nameUUIDFromBytes(phone.user.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private String here() throws IOException {
      InetSocketAddress local =
          (InetSocketAddress) java.util.Objects.requireNonNull(channel).getLocalAddress();
      return local.getAddress().getHostAddress() + ":" + local.getPort();
    }

    private void common(
        StringBuilder text, String method, String from, String to, int number, String call)
        throws IOException {
      text.append("Via: SIP/2.0/TCP ").append(here()).append(";branch=z9hG4bK");
      text.append(UUID.randomUUID()).append("\r\n");
      text.append("From: <sip:").append(from).append("@contoso.test>;tag=").append(instance());
      text.append("\r\nTo: <").append(to).append(">\r\nCall-ID: ").append(call);
      text.append("\r\nCSeq: ").append(number).append(' ').append(method);
      text.append("\r\nMax-Forwards: 70\r\n");
    }

    private String authorization(String nonce, int uses) {
      String count = String.format("%08x", uses);
      String ha1 = md5(phone.user + ":contoso.test:" + PASSWORD);
      String ha2 = md5("REGISTER:sip:contoso.test");
      String response = md5(ha1 + ":" + nonce + ":" + count + ":x:auth:" + ha2);
      return "Authorization: Digest username=\""
          + phone.user
          + "\", realm=\"contoso.test\", nonce=\""
          + nonce
          + "\", uri=\"sip:contoso.test\", algorithm=MD5, qop=auth, nc="
          + count
          + ", cnonce=\"x\", response=\""
          + response
          + "\"";
    }

    /** Sends a MESSAGE to a user; completes with the final status. */
    CompletableFuture<Integer> message(String user, String body) {
      CompletableFuture<Integer> answer = new CompletableFuture<>();
      run(
          () -> {
            String call = UUID.randomUUID().toString();
            asked.put(call, answer);
            if (closedNanos != 0) {
              answer.completeExceptionally(new IOException("That connection has ended"));
              return;
            }
            try {
              String to = "sip:" + user + "@contoso.test";
              StringBuilder text = new StringBuilder("MESSAGE " + to + " SIP/2.0\r\n");
              common(text, "MESSAGE", phone.user, to, 1, call);
              text.append("Content-Type: text/plain\r\nContent-Length: ").append(body.length());
              send(text.append("\r\n\r\n").append(body).toString());
            } catch (IOException e) {
              ended(e);
            }
          });
      return answer;
    }

    private void send(String text) throws IOException {
      toWrite.add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      write();
    }

    private void write() throws IOException {
      SocketChannel socket = java.util.Objects.requireNonNull(channel);
      while (!toWrite.isEmpty()) {
        ByteBuffer next = toWrite.element();
        socket.write(next);
        if (next.hasRemaining()) {
          break;
        }
        toWrite.remove();
      }
      java.util.Objects.requireNonNull(key)
          .interestOps(SelectionKey.OP_READ | (toWrite.isEmpty() ? 0 : SelectionKey.OP_WRITE));
    }

    private void read(SocketChannel socket) throws IOException {
      if (!in.hasRemaining()) {
        in = ByteBuffer.allocate(in.capacity() * 2).put(in.flip());
      }
      if (socket.read(in) < 0) {
        ended(null);
        return;
      }
      String text = new String(in.array(), 0, in.position(), StandardCharsets.UTF_8);
      int from = 0;
      while (true) {
        while (text.startsWith("\r\n", from)) {
          from += 2;
        }
        int end = text.indexOf("\r\n\r\n", from);
        if (end < 0) {
          break;
        }
        String head = text.substring(from, end);
        String length = line(head, "Content-Length");
        int all = end + 4 + (length == null ? 0 : Integer.parseInt(length));
        if (all > text.length()) {
          break;
        }
        took(head, text.substring(end + 4, all));
        from = all;
      }
      in = ByteBuffer.allocate(in.capacity()).put(in.array(), from, in.position() - from);
    }

    private void took(String head, String body) throws IOException {
      if (!head.startsWith("SIP/2.0 ")) {
        texts.add(body);
        StringBuilder answer = new StringBuilder("SIP/2.0 200 OK\r\n");
        for (String name : List.of("Via", "From", "To", "Call-ID", "CSeq")) {
          for (String value : lines(head, name)) {
            answer.append(name).append(": ").append(value);
            answer.append(name.equals("To") && !value.contains("tag=") ? ";tag=1" : "");
            answer.append("\r\n");
          }
        }
        send(answer.append("Content-Length: 0\r\n\r\n").toString());
        return;
      }
      int status = Integer.parseInt(head.substring(8, 11));
      if (status < 200) {
        return;
      }
      CompletableFuture<Integer> answer = asked.remove(String.valueOf(line(head, "Call-ID")));
      if (answer != null) {
        answer.complete(status);
      } else if (status == 401) {
        Matcher challenge = MD5.matcher(head);
        Matcher nonce = NONCE.matcher(challenge.find() ? challenge.group() : head);
        phone.nonce = nonce.find() ? nonce.group(1) : "";
        phone.uses = 0;
        register();
      } else if (status == 200) {
        registeredNanos = System.nanoTime();
        registered.complete(this);
      } else {
        registered.completeExceptionally(new IOException("REGISTER was answered " + status));
      }
    }
  }

  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::work, "swarm");
  private volatile boolean ended;

  Swarm() throws IOException {
    selector = Selector.open();
    thread.setDaemon(true);
    thread.start();
  }

  Phone phone(String user) {
    return new Phone(user);
  }

  private void run(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void work() {
    try {
      while (!ended) {
        selector.select();
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        for (SelectionKey ready : selector.selectedKeys()) {
          if (ready.isValid()) {
            ((Connection) ready.attachment()).ready(ready);
          }
        }
        selector.selectedKeys().clear();
      }
      for (SelectionKey left : selector.keys()) {
        left.channel().close();
      }
      selector.close();
    } catch (IOException | RuntimeException e) {
      LOG.error("The phones have stopped", e);
    }
  }

  private static @Nullable String line(String head, String name) {
    List<String> found = lines(head, name);
    return found.isEmpty() ? null : found.get(0);
  }

  private static List<String> lines(String head, String name) {
    List<String> found = new ArrayList<>();
    for (String line : head.split("\r\n", -1)) {
      if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
        found.add(line.substring(name.length() + 1).trim());
      }
    }
    return found;
  }

  private static String md5(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has MD5", e);
    }
  }

  @Override
  public void close() {
    ended = true;
    selector.wakeup();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
