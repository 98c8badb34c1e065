package net.conmgmt.samples.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.proxy.ProxyServer;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import org.junit.jupiter.api.Test;

/** The status page names the dialect of a grant, and why another one was refused. */
class StatusOfDialectsTest {

  private static final String REGISTER =
      """
      REGISTER sip:contoso.test SIP/2.0
      Via: SIP/2.0/TCP 192.0.2.7:9;branch=z9hG4bK1;keep
      Max-Forwards: 70
      From: <sip:bob@contoso.test>;tag=1
      To: <sip:bob@contoso.test>
      Call-ID: s1
      CSeq: 1 REGISTER
      Contact: <sip:bob@192.0.2.7:9;transport=tcp>;reg-id=1
      Supported: path, outbound
      Content-Length: 0

      """
          .replace("\n", "\r\n");

  private static String view(HttpClient client, StatusServer status, String query, String text)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + status.address().getPort() + "/events" + query);
    try (Stream<String> lines =
        client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofLines()).body()) {
      return lines.filter(line -> line.contains(text)).findFirst().orElseThrow();
    }
  }

  @Test
  void aRowHasTheDialectOfItsGrantAndWhenOpenedWhyAnotherWasRefused() throws Exception {
    int port = Ports.free();
    StackBuilder properties =
        new StackBuilder("proxy.properties")
            .set("net.conmgmt.sip.KEEP_ALIVE_DIALECTS", "ms,keep,outbound")
            .set("net.conmgmt.sip.FLIGHT_RECORDER", "on");
    HttpClient client = HttpClient.newHttpClient();
    try (ProxyServer proxy =
            new ProxyServer(
                properties,
                new ProxyServer.Settings("contoso.test", "127.0.0.1", port, null, null, null, null),
                EventLog.none());
        StatusServer status =
            new StatusServer(
                "tested",
                proxy.stack(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        RawPeer peer = RawPeer.connect(port)) {
      peer.send(REGISTER);
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains(";keep=300");
      String row = view(client, status, "", "\"grants\":[\"keep 300 s\"]");
      Matcher id = Pattern.compile("\"id\":([0-9]+)").matcher(row);
      assertThat(id.find()).isTrue();
      assertThat(view(client, status, "?open=" + id.group(1), "\"events\":["))
          .contains(
              "keep-alive negotiated (keep), T = 300 s",
              "keep-alive not negotiated (outbound): reg-id without +sip.instance is ignored");
    }
  }
}
