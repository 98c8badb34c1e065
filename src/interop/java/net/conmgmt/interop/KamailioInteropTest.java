package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our user agent and Kamailio, which knows nothing of us but what its script says. */
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
@RealPeers(packages = {"kamailio", "kamailio-tls-modules"})
class KamailioInteropTest {

  /**
   * Keep-alives leave every 4 s. Kamailio closes a silent connection some 10 s after its lifetime;
   * the last of these leaves well after that.
   */
  private static final int KEEP_ALIVES = 7;

  @TempDir private Path folder;
  private TestCertificates authority;
  private Kamailio kamailio;

  @BeforeEach
  void start() throws Exception {
    authority = new TestCertificates(folder);
    kamailio =
        Kamailio.start(folder, authority.issue().commonName("x").names("ip:127.0.0.1").make());
  }

  @AfterEach
  void stop() {
    kamailio.close();
  }

  private ExternalProcess agent(String user, String transport) throws Exception {
    Path trust = folder.resolve("root.pem");
    Files.writeString(trust, authority.rootPem());
    return Samples.start(
        user,
        folder,
        "ua",
        "--aor",
        "sip:" + user + "@contoso.test",
        "--password",
        "secret",
        "--proxy",
        "127.0.0.1:" + kamailio.port(transport) + "/" + transport,
        "--trust",
        trust.toString(),
        "--events",
        "-");
  }

  /** The stack as it is without the plugin, and with nothing else to keep a connection. */
  private PlainApplication stock(String transport) throws Exception {
    Properties properties = authority.properties(authority.keyStore("y", "ip:127.0.0.1"));
    properties.remove("gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY");
    properties.setProperty(
        "javax.sip.OUTBOUND_PROXY", "127.0.0.1:" + kamailio.port(transport) + "/" + transport);
    properties.setProperty("gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE", "Disabled");
    return new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), transport);
  }

  private String statusOfMessageTo(String user, String text) throws IOException {
    try (RawPeer caller = RawPeer.connect(kamailio.tcpPort())) {
      caller.send(RawRequest.message("carol", user, text));
      return caller.readMessage().lines().findFirst().orElseThrow();
    }
  }

  @Test
  @Requirement({"CLI-5", "CLI-7", "MSG-1", "MSG-3"})
  void ourConnectionsOutliveTheProxysLifetimeAndTheStockStacksDoNot() throws Exception {
    try (PlainApplication stockTcp = stock("tcp");
        PlainApplication stockTls = stock("tls");
        ExternalProcess oursTcp = agent("alice", "TCP");
        ExternalProcess oursTls = agent("bob", "TLS")) {
      oursTcp.awaitLine("\"event\":\"registered\"");
      oursTls.awaitLine("\"event\":\"registered\"");
      stockTcp.register("stock-tcp", "contoso.test");
      stockTls.register("stock-tls", "contoso.test");
      assertThat(stockTcp.responses.poll(20, TimeUnit.SECONDS)).isNotNull();
      assertThat(stockTls.responses.poll(20, TimeUnit.SECONDS)).isNotNull();
      for (String user : List.of("alice", "bob", "stock-tcp", "stock-tls")) {
        assertThat(statusOfMessageTo(user, "now")).as(user).contains(" 200 ");
      }

      oursTcp.awaitLine("\"event\":\"keepalive.sent\"", KEEP_ALIVES);
      oursTls.awaitLine("\"event\":\"keepalive.sent\"", KEEP_ALIVES);

      for (String user : List.of("stock-tcp", "stock-tls")) {
        assertThat(statusOfMessageTo(user, "lost")).as(user).doesNotContain(" 200 ");
      }
      for (String user : List.of("alice", "bob")) {
        assertThat(statusOfMessageTo(user, "still there")).as(user).contains(" 200 ");
      }
      for (ExternalProcess ours : List.of(oursTcp, oursTls)) {
        ours.awaitLine("\"text\":\"still there\"");
        assertThat(ours.output())
            .containsOnlyOnce("\"event\":\"connection.established\"")
            .contains("\"event\":\"keepalive.negotiated\"", "\"timeoutSeconds\":6")
            .doesNotContain("\"event\":\"connection.closed\"");
      }
    }
  }

  @Test
  @Requirement({"CLI-3", "CLI-4", "CLI-5", "CLI-6", "MSG-2"})
  void anAnswerThatDoesNotCountSendsNothingAndKamailioClosesTheSilentConnection() throws Exception {
    try (ExternalProcess silent = agent("silent", "TCP");
        ExternalProcess twice = agent("twice", "TLS");
        ExternalProcess timeless = agent("timeless", "TCP");
        ExternalProcess mirrored = agent("mirrored", "TCP")) {
      failsAndIsClosed(silent, "there is no Ms-Keep-Alive header field");
      failsAndIsClosed(twice, "the response has more than one Ms-Keep-Alive header field");
      failsAndIsClosed(timeless, "the answer has no timeout");
      failsAndIsClosed(mirrored, "the role is UAC where UAS is expected: a mirrored copy");
    }
  }

  private static void failsAndIsClosed(ExternalProcess agent, String reason) throws IOException {
    assertThat(agent.awaitLine("\"event\":\"keepalive.failed\"")).contains(reason);
    assertThat(agent.awaitLine("\"event\":\"connection.closed\""))
        .contains("\"reason\":\"PEER_CLOSED\"");
    assertThat(agent.output())
        .doesNotContain("\"event\":\"keepalive.negotiated\"")
        .doesNotContain("\"event\":\"keepalive.sent\"");
  }

  @Test
  @Requirement("CLI-3")
  void aRefusedRegisterNegotiatesNothingWhateverItCarries() throws Exception {
    try (ExternalProcess agent = agent("forbidden", "TCP")) {
      assertThat(agent.awaitEnd()).isEqualTo(1);
      assertThat(agent.output())
          .contains("the response to the offer is not a success ([MS-CONMGMT] 3.4.5.3), status 403")
          .contains("403 Forbidden")
          .doesNotContain("\"event\":\"keepalive.negotiated\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TCP", "TLS"})
  @Requirement({"CLI-1", "CLI-3"})
  void aChallengeFailsTheOfferAndTheSecondRegisterNegotiates(String transport) throws Exception {
    try (ExternalProcess agent = agent("challenged", transport)) {
      agent.awaitLine("\"event\":\"keepalive.sent\"");
      assertThat(agent.output())
          .containsSubsequence(
              "\"event\":\"keepalive.failed\"", "status 401", "\"event\":\"keepalive.negotiated\"")
          .containsOnlyOnce("\"event\":\"connection.established\"");
    }
  }
}
