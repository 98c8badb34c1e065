package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample proxy under SIPp and sipsak. */
@Tag("peers")
class SippInteropTest {

  private static final int CLIENTS = 300;

  /** Each client registers on a connection of its own and sends itself a message. */
  private static final String SCENARIO =
      """
      <?xml version="1.0" encoding="ISO-8859-1" ?>
      <scenario name="clients">
        <send><![CDATA[
          REGISTER sip:contoso.test SIP/2.0
          Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
          From: <sip:u[call_number]@contoso.test>;tag=[call_number]
          To: <sip:u[call_number]@contoso.test>
          Call-ID: [call_id]
          CSeq: 1 REGISTER
          Contact: <sip:u[call_number]@[local_ip]:[local_port];transport=tcp>
          Max-Forwards: 70
          Expires: 600
          Ms-Keep-Alive: UAC;hop-hop=yes
          Content-Length: 0

        ]]></send>
        <recv response="200">
          <action>
            <ereg regexp="UAS;hop-hop=yes;timeout=300" search_in="msg" check_it="true"
                assign_to="1"/>
          </action>
        </recv>
        <Reference variables="1"/>
        <pause milliseconds="3000"/>
        <send><![CDATA[
          MESSAGE sip:u[call_number]@contoso.test SIP/2.0
          Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
          From: <sip:u[call_number]@contoso.test>;tag=[call_number]
          To: <sip:u[call_number]@contoso.test>
          Call-ID: [call_id]
          CSeq: 2 MESSAGE
          Max-Forwards: 70
          Content-Type: text/plain
          Content-Length: [len]

          to myself
        ]]></send>
        <recv request="MESSAGE"/>
        <send><![CDATA[
          SIP/2.0 200 OK
          [last_Via:]
          [last_From:]
          [last_To:];tag=[pid]
          [last_Call-ID:]
          [last_CSeq:]
          Content-Length: 0

        ]]></send>
        <recv response="200"/>
      </scenario>
      """;

  @TempDir private Path folder;

  @Test
  @RealPeers(packages = "sip-tester")
  @Requirement({"SRV-3", "SRV-4", "SRV-5"})
  void hundredsOfClientsOfSippRegisterNegotiateAndAreReachedOnTheirConnections() throws Exception {
    Path scenario = Files.writeString(folder.resolve("clients.xml"), SCENARIO);
    try (ProxyProcess proxy = ProxyProcess.start(folder, null);
        ExternalProcess clients =
            ExternalProcess.start(
                "sipp",
                folder,
                Map.of(),
                List.of(
                    "sipp",
                    "127.0.0.1:" + proxy.port("tcp"),
                    "-sf",
                    scenario.toString(),
                    // A connection for each call.
                    "-t",
                    "tn",
                    "-max_socket",
                    Integer.toString(2 * CLIENTS),
                    "-m",
                    Integer.toString(CLIENTS),
                    "-l",
                    Integer.toString(CLIENTS),
                    "-r",
                    "150",
                    "-timeout",
                    "50",
                    "-nostdin"))) {
      assertThat(clients.awaitEnd()).as(clients.output()).isZero();
      proxy.awaitEvents("registered", CLIENTS);
      proxy.awaitEvents("keepalive.negotiated", CLIENTS);
      proxy.awaitEvents("connection.closed", CLIENTS);
      proxy.awaitEvents("unregistered", CLIENTS);
      assertThat(proxy.process().output().lines())
          .filteredOn(line -> line.contains("\"event\":\"connection.closed\""))
          .hasSize(CLIENTS)
          .allMatch(line -> line.contains("\"reason\":\"PEER_CLOSED\""));
    }
  }

  @Test
  @RealPeers(packages = "sipsak")
  void sipsakRegistersAndAsksForOptions() throws Exception {
    try (ProxyProcess proxy = ProxyProcess.start(folder, null)) {
      sipsak(proxy, "-U", "-s", "sip:sak@contoso.test", "-C", "sip:sak@127.0.0.1:9", "-x", "600");
      proxy.awaitRegistration("sak");
      assertThat(sipsak(proxy, "-s", "sip:contoso.test")).contains("SIP/2.0 200 OK");
    }
  }

  private static String sipsak(ProxyProcess proxy, String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("sipsak", "-vv", "-E", "tcp"));
    command.add("--outbound-proxy=127.0.0.1:" + proxy.port("tcp"));
    command.addAll(List.of(arguments));
    return ExternalProcess.run(command);
  }
}
