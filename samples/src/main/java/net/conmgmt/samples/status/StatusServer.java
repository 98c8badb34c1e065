package net.conmgmt.samples.status;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.sip.SipStack;
import net.conmgmt.samples.events.Json;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.monitoring.ConnectionMetrics;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The status page of the sample proxy: one page, its live events, and discovery on request.
 * Thread-safe.
 *
 * <p>It has no passwords, so it listens on loopback unless told otherwise. It answers only to an
 * address or localhost in Host, which a foreign site cannot arrange by DNS, and acts only on a
 * request that carries the token of the page.
 */
public final class StatusServer implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(StatusServer.class);

  private static final int MOST_WATCHERS = 8;
  private static final int MOST_THREADS = 24;
  private static final int MOST_DOMAIN_BYTES = 253;
  private static final long LEAST_PAUSE_MILLIS = 250;
  private static final long MOST_PAUSE_MILLIS = 2_000;
  private static final long DISCOVERY_SECONDS = 90;
  private static final int REQUEST_SECONDS = 10;

  /** Longer than a discovery. It ends live events too, and the page asks for them again. */
  private static final int ANSWER_SECONDS = 120;

  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String LOCAL_HOST = "(?i)(localhost|[0-9.]+|\\[[0-9a-f:.]+])(:\\d+)?";

  private final ConnectionManagement connections;
  private final StatusFeed feed;
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final Semaphore watchers = new Semaphore(MOST_WATCHERS);
  private final String page;
  private final String discoveryPage;
  private final String token;
  private final SecureRandom random = new SecureRandom();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean draining;

  /**
   * Starts it; when the constructor returns, the page can be loaded.
   *
   * @throws IOException when it cannot listen there
   */
  public StatusServer(String proxy, SipStack stack, InetSocketAddress address) throws IOException {
    connections = ConnectionManagement.of(stack);
    token = randomText();
    String style = resource("page.css");
    page = resource("status.html").replace("{{STYLE}}", style);
    discoveryPage = resource("discovery.html").replace("{{STYLE}}", style);
    new ConnectionMetrics(stack).bindTo(metrics);
    boundTimes();
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException(
          "The status page cannot listen on " + Names.of(address) + ": " + e.getMessage(), e);
    }
    feed = new StatusFeed(proxy, connections);
    connections.addListener(feed);
    threads =
        new ThreadPoolExecutor(
            0, MOST_THREADS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), this::newThread);
    server.setExecutor(threads);
    server.createContext("/", exchange -> guarded(exchange, "GET", "/", e -> sendPage(e, page)));
    server.createContext(
        "/discovery",
        exchange -> guarded(exchange, "GET", "/discovery", e -> sendPage(e, discoveryPage)));
    server.createContext(
        "/events", exchange -> guarded(exchange, "GET", "/events", this::sendEvents));
    server.createContext(
        "/discover", exchange -> guarded(exchange, "POST", "/discover", this::discover));
    server.createContext(
        "/metrics",
        exchange ->
            guarded(
                exchange, "GET", "/metrics", e -> send(e, 200, METRICS_TYPE, metrics.scrape())));
    server.createContext(
        "/health",
        exchange ->
            guarded(
                exchange,
                "GET",
                "/health",
                e ->
                    send(
                        e,
                        draining ? 503 : 200,
                        "text/plain",
                        draining ? "draining\n" : "serving\n")));
    server.start();
  }

  /** From now on health checks hear that this proxy accepts nobody further. */
  public void draining() {
    draining = true;
  }

  /**
   * How long a request and an answer may take, lest peers that never end theirs hold all threads.
   * The JDK takes both from system properties only, and reads them before its first server.
   */
  public static void boundTimes() {
    for (Map.Entry<String, Integer> bound :
        Map.of("maxReqTime", REQUEST_SECONDS, "maxRspTime", ANSWER_SECONDS).entrySet()) {
      String property = "sun.net.httpserver." + bound.getKey();
      if (System.getProperty(property) == null) {
        System.setProperty(property, String.valueOf(bound.getValue()));
      }
    }
  }

  private Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "sample-status");
    thread.setDaemon(true);
    return thread;
  }

  private String randomText() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void guarded(HttpExchange exchange, String method, String path, HttpHandler handler)
      throws IOException {
    try (exchange) {
      Headers headers = exchange.getResponseHeaders();
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("Cross-Origin-Resource-Policy", "same-origin");
      headers.set("Cache-Control", "no-store");
      headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
      String host = exchange.getRequestHeaders().getFirst("Host");
      if (host == null || !host.matches(LOCAL_HOST)) {
        error(exchange, 421, "Expected an IP address or localhost as the host of the page");
      } else if (!exchange.getRequestURI().getPath().equals(path)) {
        error(exchange, 404, "There is no such page");
      } else if (!exchange.getRequestMethod().equals(method)
          && !(isHead(exchange) && path.equals("/"))) {
        headers.set("Allow", method);
        error(exchange, 405, "Expected " + method);
      } else {
        handler.handle(exchange);
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("A request to the status page ended early", e);
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    if (isHead(exchange)) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static boolean isHead(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("HEAD");
  }

  private static void error(HttpExchange exchange, int status, String text) throws IOException {
    send(exchange, status, "application/json", Json.of(Map.of("error", text)));
  }

  private static String resource(String name) throws IOException {
    try (InputStream html = StatusServer.class.getResourceAsStream(name)) {
      if (html == null) {
        throw new IOException(name + " is not on the class path beside " + StatusServer.class);
      }
      return new String(html.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void sendPage(HttpExchange exchange, String html) throws IOException {
    String nonce = randomText();
    exchange
        .getResponseHeaders()
        .set(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'nonce-"
                + nonce
                + "'; style-src 'nonce-"
                + nonce
                + "'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'");
    send(
        exchange,
        200,
        "text/html; charset=utf-8",
        html.replace("{{NONCE}}", nonce).replace("{{TOKEN}}", token));
  }

  private void sendEvents(HttpExchange exchange) throws IOException {
    StatusView view;
    try {
      view = StatusView.of(exchange.getRequestURI().getRawQuery());
    } catch (IllegalArgumentException e) {
      error(exchange, 400, "Expected text, state, sort, page and open: " + e.getMessage());
      return;
    }
    if (!watchers.tryAcquire()) {
      error(exchange, 503, "Too many pages are open");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      exchange.sendResponseHeaders(200, 0);
      OutputStream out = exchange.getResponseBody();
      long seen = -1;
      do {
        seen = feed.awaitChange(seen, MOST_PAUSE_MILLIS);
        // The stream ends with the time of an answer; the page then comes back soon.
        String event = "data: " + feed.json(view) + "\nretry: " + LEAST_PAUSE_MILLIS + "\n\n";
        out.write(event.getBytes(StandardCharsets.UTF_8));
        out.flush();
        // With a pause, so that a busy proxy does not keep the page busy.
      } while (!closed.await(pauseMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watchers.release();
    }
  }

  /** Each event looks at every connection. */
  private long pauseMillis() {
    return Math.max(
        LEAST_PAUSE_MILLIS, Math.min(MOST_PAUSE_MILLIS, connections.connections().size() / 5));
  }

  private void discover(HttpExchange exchange) throws IOException {
    if (!isOfThePage(exchange.getRequestHeaders())) {
      error(exchange, 403, "Expected a request of the page itself; load it anew");
      return;
    }
    byte[] body = exchange.getRequestBody().readNBytes(MOST_DOMAIN_BYTES + 1);
    String domain = new String(body, StandardCharsets.UTF_8).trim();
    if (body.length > MOST_DOMAIN_BYTES || !domain.matches("[A-Za-z0-9._-]+")) {
      error(exchange, 400, "Expected a domain, for example contoso.com");
      return;
    }
    try {
      send(exchange, 200, "application/json", Json.of(discover(domain)));
    } catch (IllegalArgumentException e) {
      error(exchange, 400, String.valueOf(e.getMessage()));
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("Discovery of {} for the status page failed", domain, e);
      error(exchange, 504, "The discovery of " + domain + " has not ended; see the log");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isOfThePage(Headers request) {
    String given = request.getFirst("X-Token");
    String origin = request.getFirst("Origin");
    return given != null
        && MessageDigest.isEqual(
            given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8))
        && (origin == null || origin.equalsIgnoreCase("http://" + request.getFirst("Host")));
  }

  /** Finds the proxy of a domain, and closes the connection if it was opened for that alone. */
  private DiscoveryReport discover(String domain)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<Long> before =
        connections.connections().stream().map(ManagedConnection::id).collect(Collectors.toSet());
    DiscoveryReport report =
        connections.discover("sip:status@" + domain).get(DISCOVERY_SECONDS, TimeUnit.SECONDS);
    String chosen = report.chosen();
    for (ManagedConnection connection : connections.connections()) {
      if (connection.side() == Side.CLIENT
          && !before.contains(connection.id())
          && isTo(connection, chosen)) {
        connection.close("opened only for a discovery on the status page");
      }
    }
    return report;
  }

  private static boolean isTo(ManagedConnection connection, @Nullable String chosen) {
    String peer = Names.of(connection.remoteAddress()) + "/" + connection.transport();
    return peer.equals(chosen);
  }

  @Override
  public void close() {
    closed.countDown();
    connections.removeListener(feed);
    metrics.close();
    server.stop(0);
    threads.shutdownNow();
  }
}
