package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code samples/run proxy} ends when its service manager sends SIGTERM. */
class ProxyEndsInteropTest {

  private static final String PING = "\r\n\r\n";

  /** Longer than a test waits for the end of a process, so that it is not what ends it. */
  private static final String LONG = "600";

  @TempDir private Path folder;

  /** Otherwise the first proxy would build the samples, which may take longer than is waited. */
  @BeforeAll
  static void build() throws IOException {
    Samples.command("--help");
  }

  private ExternalProcess proxy(String... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of("samples/run").toAbsolutePath().toString());
    command.addAll(List.of("proxy", "--domain", "contoso.test", "--tcp", "0"));
    command.addAll(List.of(more));
    return ExternalProcess.start("proxy", folder, Map.of(), command);
  }

  private static int port(ExternalProcess proxy) throws IOException {
    return Integer.parseInt(proxy.awaitLine("ready tcp ").split("[: ]", -1)[3]);
  }

  private static int health(ExternalProcess proxy) throws Exception {
    String page = proxy.awaitLine("ready tcp ").replaceFirst(".* http ", "http://");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(page + "/health"))
            .timeout(Duration.ofSeconds(30))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
  }

  private static RawPeer registered(int port) throws IOException {
    RawPeer client = RawPeer.connect(port);
    client.send(RawRequest.register("alice"));
    assertThat(client.readMessage()).startsWith("SIP/2.0 200");
    return client;
  }

  @Test
  void aProxyWithoutClientsEndsAtOnceWithStatus0() throws Exception {
    try (ExternalProcess proxy = proxy("--drain", LONG)) {
      port(proxy);
      proxy.terminate();

      assertThat(proxy.awaitEnd()).as(proxy.output()).isZero();
      assertThat(proxy.output()).contains("draining 0 connections");
    }
  }

  @Test
  void aClientIsServedUntilItLeavesNobodyElseComesInAndTheStatusIs0() throws Exception {
    try (ExternalProcess proxy = proxy("--drain", LONG, "--http", "0")) {
      int port = port(proxy);
      try (RawPeer client = registered(port)) {
        assertThat(health(proxy)).isEqualTo(200);
        proxy.terminate();
        proxy.awaitLine("draining 1 connections");
        assertThat(health(proxy)).isEqualTo(503);
        client.send(PING);
        assertThat(client.read(2)).isEqualTo("\r\n");
        client.send(RawRequest.register("alice"));
        assertThat(client.readMessage()).startsWith("SIP/2.0 200");
        assertThatThrownBy(
                () -> {
                  try (RawPeer late = RawPeer.connect(port)) {
                    late.send(RawRequest.register("bob"));
                    late.readMessage();
                  }
                })
            .isInstanceOf(IOException.class);
      }
      assertThat(proxy.awaitEnd()).as(proxy.output()).isZero();
    }
  }

  @Test
  void aClientThatStaysIsClosedAtTheBoundAndTheStatusIs0() throws Exception {
    try (ExternalProcess proxy = proxy("--drain", "1");
        RawPeer client = registered(port(proxy))) {
      proxy.terminate();
      proxy.awaitLine("draining 1 connections");

      assertThat(client.readsNothingButTheEnd()).isTrue();
      assertThat(proxy.awaitEnd()).as(proxy.output()).isZero();
    }
  }
}
