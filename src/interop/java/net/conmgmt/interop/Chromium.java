package net.conmgmt.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A headless Chromium with a profile of its own, driven through chromedriver's HTTP interface (W3C
 * WebDriver). {@link #close} ends both.
 */
final class Chromium implements AutoCloseable {

  private static final String STARTED = "was started successfully on port ";
  private static final int ATTEMPTS = 5;
  private static final Logger LOG = LogManager.getLogger(Chromium.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final ExternalProcess driver;
  private final String session;

  /** Starts both. */
  Chromium(Path folder) throws IOException, InterruptedException {
    driver = startDriver(folder);
    String url;
    try {
      String line = driver.awaitLine(STARTED);
      String port = line.substring(line.indexOf(STARTED) + STARTED.length()).replaceAll("\\D", "");
      url = "http://127.0.0.1:" + port + "/session";
      List<String> arguments =
          List.of(
              "--headless",
              "--no-sandbox",
              "--disable-gpu",
              "--disable-quic",
              "--disable-dev-shm-usage",
              "--no-first-run",
              "--disable-background-networking",
              "--disable-component-update",
              "--disable-sync",
              "--user-data-dir=" + Files.createTempDirectory(folder, "profile"));
      JsonNode answer =
          call(
              "POST",
              url,
              Map.of(
                  "capabilities",
                  Map.of(
                      "alwaysMatch",
                      Map.of(
                          "goog:chromeOptions", Map.of("args", arguments),
                          "goog:loggingPrefs", Map.of("browser", "ALL")))));
      session = url + "/" + answer.get("sessionId").asText();
    } catch (IOException | InterruptedException | RuntimeException e) {
      driver.close();
      throw e;
    }
  }

  /** It wants one free port in both address families, and gives up where one is just taken. */
  private static ExternalProcess startDriver(Path folder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      ExternalProcess started =
          ExternalProcess.start(
              "chromedriver", folder, Map.of(), List.of("chromedriver", "--port=0"));
      try {
        return started.ready(STARTED);
      } catch (IOException e) {
        if (attempt == ATTEMPTS || !started.output().contains("port not available")) {
          throw e;
        }
        LOG.info("chromedriver had no port; it is started again", e);
      }
    }
  }

  private JsonNode call(String method, String url, Object body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(90))
            .header("Content-Type", "application/json")
            .method(
                method,
                method.equals("POST")
                    ? HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body))
                    : HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    JsonNode value = JSON.readTree(response.body()).get("value");
    if (response.statusCode() != 200) {
      throw new IOException(method + " " + url + " failed: " + value);
    }
    return value;
  }

  private JsonNode post(String path, Object body) throws IOException, InterruptedException {
    return call("POST", session + path, body);
  }

  /** Loads a page. */
  void open(String url) throws IOException, InterruptedException {
    post("/url", Map.of("url", url));
  }

  /** Evaluates a JavaScript expression in the page. */
  JsonNode eval(String expression) throws IOException, InterruptedException {
    return post("/execute/sync", Map.of("script", "return " + expression + ";", "args", List.of()));
  }

  /** Presses keys one after the other, as a person at the keyboard does. */
  void type(String keys) throws IOException, InterruptedException {
    List<Map<String, String>> actions = new java.util.ArrayList<>();
    keys.codePoints()
        .mapToObj(Character::toString)
        .forEach(
            key -> {
              actions.add(Map.of("type", "keyDown", "value", key));
              actions.add(Map.of("type", "keyUp", "value", key));
            });
    post(
        "/actions",
        Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
  }

  /** Makes the window as large as that of a device. */
  void device(int width, int height, boolean phone) throws IOException, InterruptedException {
    chrome(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
  }

  /** Asks for the dark or the light scheme. */
  void scheme(String scheme) throws IOException, InterruptedException {
    chrome(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private JsonNode chrome(String command, Map<String, ?> parameters)
      throws IOException, InterruptedException {
    return post("/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
  }

  /** The whole page as a picture. */
  void picture(Path file) throws IOException, InterruptedException {
    JsonNode picture =
        chrome("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(picture.get("data").asText()));
  }

  /** What the browser itself complains about, such as a violated content security policy. */
  JsonNode complaints() throws IOException, InterruptedException {
    return post("/se/log", Map.of("type", "browser"));
  }

  @Override
  public void close() throws IOException {
    try {
      call("DELETE", session, Map.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      driver.close();
    }
  }
}
