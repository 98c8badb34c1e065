package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.registrar.Registrar;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registrar and edge of SIP outbound (RFC 5626), between peers that are played byte by byte. */
class OutboundTest {

  private static final String DEVICE = "+sip.instance=\"<urn:uuid:1>\"";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private int calls;

  /** Of the proxy that was started last. */
  private @Nullable Registrar registrar;

  private int proxy(@Nullable PeerAddress nextHop) throws Exception {
    int port = Ports.free();
    ProxyServer server =
        new ProxyServer(
            new StackBuilder("proxy.properties")
                .set("net.conmgmt.sip.KEEP_ALIVE_DIALECTS", "ms,keep,outbound"),
            new ProxyServer.Settings("contoso.test", "127.0.0.1", port, null, null, null, nextHop),
            EventLog.none(),
            300,
            Forwarder.TIMER_C_MILLIS);
    opened.add(0, server);
    registrar = server.registrar();
    return port;
  }

  private List<String> flowsOfBob() {
    return Objects.requireNonNull(registrar).bindings("sip:bob@contoso.test").stream()
        .map(binding -> binding.contact().replaceFirst(".*(reg-id=[0-9]+).*", "$1").strip())
        .toList();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private RawPeer connect(int port) throws Exception {
    RawPeer peer = RawPeer.connect(port);
    opened.add(peer);
    return peer;
  }

  private String request(String method, String uri, String user, String... lines) {
    calls++;
    StringBuilder text = new StringBuilder();
    text.append(method).append(' ').append(uri).append(" SIP/2.0\r\n");
    text.append("Via: SIP/2.0/TCP 192.0.2.7:9;branch=z9hG4bK").append(calls).append(";keep\r\n");
    text.append("Max-Forwards: 70\r\nFrom: <sip:").append(user).append("@contoso.test>;tag=1\r\n");
    text.append("To: <sip:").append(user).append("@contoso.test>\r\nCall-ID: c").append(calls);
    text.append("\r\nCSeq: ").append(calls).append(' ').append(method).append("\r\n");
    for (String line : lines) {
      text.append(line).append("\r\n");
    }
    return text.append("Content-Length: 0\r\n\r\n").toString();
  }

  private String register(String contactParameters, String... more) {
    String[] lines = new String[more.length + 3];
    lines[0] = "Contact: <sip:bob@192.0.2.7:9;transport=tcp>" + contactParameters;
    lines[1] = "Supported: path, outbound";
    lines[2] = "Expires: 600";
    System.arraycopy(more, 0, lines, 3, more.length);
    return request("REGISTER", "sip:contoso.test", "bob", lines);
  }

  private RawPeer flow(int port, int regId) throws Exception {
    RawPeer peer = connect(port);
    peer.send(register(";reg-id=" + regId + ";" + DEVICE));
    assertThat(peer.readMessage())
        .startsWith("SIP/2.0 200")
        .containsOnlyOnce("Require: outbound")
        .contains("Flow-Timer: 300", ";keep=300");
    return peer;
  }

  private static String answer(String request, int status) {
    return RawPeer.response(status + " Text", request);
  }

  @Test
  void aRequestGoesToOneFlowOfADeviceAndOn430ToTheNext() throws Exception {
    int port = proxy(null);
    RawPeer first = flow(port, 1);
    RawPeer second = flow(port, 2);
    RawPeer caller = connect(port);
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    String received = second.readMessage();
    assertThat(received).startsWith("MESSAGE ");
    second.send(answer(received, 430));
    String again = first.readMessage();
    assertThat(again).startsWith("MESSAGE ");
    first.send(answer(again, 200));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
  }

  @Test
  void aRequestGoesToTheOtherFlowOfADeviceWhenTheConnectionOfTheFirstHasGone() throws Exception {
    int port = proxy(null);
    RawPeer first = flow(port, 1);
    RawPeer second = flow(port, 2);
    second.close();
    RawPeer caller = connect(port);
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    first.send(answer(first.readMessage(), 200));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
  }

  @Test
  void a430RemovesExactlyTheBindingOfThatFlow() throws Exception {
    int port = proxy(null);
    RawPeer first = flow(port, 1);
    RawPeer second = flow(port, 2);
    RawPeer caller = connect(port);
    assertThat(flowsOfBob()).containsExactlyInAnyOrder("reg-id=1", "reg-id=2");
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    second.send(answer(second.readMessage(), 430));
    first.send(answer(first.readMessage(), 200));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
    assertThat(flowsOfBob()).containsExactly("reg-id=1");

    // The next request does not even try the flow that has failed.
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    first.send(answer(first.readMessage(), 200));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
    assertThat(second.socket().getInputStream().available()).isZero();
  }

  @Test
  void aFlowThatIsRegisteredAnewBeforeItsOldOneIsSaidToBeGoneStays() throws Exception {
    int port = proxy(null);
    RawPeer edge = connect(port);
    String hop = "Path: <sip:token@192.0.2.8:5060;transport=tcp;lr;ob>";
    String behind = "Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKclient";
    edge.send(register(";reg-id=1;" + DEVICE, behind, hop));
    assertThat(edge.readMessage()).startsWith("SIP/2.0 200");
    RawPeer caller = connect(port);
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    String received = edge.readMessage();
    edge.send(register(";reg-id=1;" + DEVICE, behind, hop.replace("token", "newer")));
    assertThat(edge.readMessage()).startsWith("SIP/2.0 200");
    edge.send(answer(received, 430));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 480");
    assertThat(flowsOfBob()).containsExactly("reg-id=1");
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    assertThat(edge.readMessage()).contains("Route: <sip:newer@192.0.2.8:5060");
  }

  @Test
  void whereTheLastFlowHasFailedTheCallerHearsThatTheDeviceIsOutOfReachAndNever430()
      throws Exception {
    int port = proxy(null);
    RawPeer only = flow(port, 1);
    RawPeer caller = connect(port);
    for (String method : new String[] {"MESSAGE", "INVITE"}) {
      if (method.equals("INVITE")) {
        only.send(register(";reg-id=1;" + DEVICE));
        assertThat(only.readMessage()).startsWith("SIP/2.0 200");
      }
      caller.send(
          request(method, "sip:bob@contoso.test", "bob", "Contact: <sip:carol@192.0.2.7:9>"));
      only.send(answer(only.readMessage(), 430));
      String response = caller.readMessage();
      while (response.startsWith("SIP/2.0 100")) {
        response = caller.readMessage();
      }
      assertThat(response).startsWith("SIP/2.0 480 Its flow has failed");
      assertThat(flowsOfBob()).isEmpty();
    }
  }

  @Test
  void aFailureOtherThan430IsTheDevicesAnswer() throws Exception {
    int port = proxy(null);
    RawPeer first = flow(port, 1);
    RawPeer second = flow(port, 2);
    RawPeer caller = connect(port);
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    second.send(answer(second.readMessage(), 486));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 486");
    assertThat(first.socket().getInputStream().available()).isZero();
  }

  @Test
  void theSameFlowRegisteredAnewTakesThePlaceOfTheOld() throws Exception {
    int port = proxy(null);
    flow(port, 1);
    RawPeer newer = connect(port);
    newer.send(register(";reg-id=1;" + DEVICE));
    assertThat(newer.readMessage()).startsWith("SIP/2.0 200").containsOnlyOnce("Contact:");
  }

  @ParameterizedTest
  @ValueSource(strings = {";reg-id=1;" + DEVICE, ";" + DEVICE})
  void aDeviceWhoseAddressChangedIsBoundThoughItTakesBackItsOldAddressInTheSameRequest(
      String parameters) throws Exception {
    int port = proxy(null);
    RawPeer peer = connect(port);
    peer.send(register(parameters));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    peer.send(
        register(parameters, "Contact: <sip:bob@192.0.2.7:9>;expires=0" + parameters)
            .replaceFirst("192.0.2.7:9;transport", "192.0.2.8:9;transport"));
    assertThat(peer.readMessage())
        .startsWith("SIP/2.0 200")
        .containsOnlyOnce("Contact:")
        .contains("<sip:bob@192.0.2.8:9;transport=tcp>");
  }

  @Test
  void aDeviceThatHasBoundItsNewAddressMayTakeBackItsOldOneAfterwards() throws Exception {
    int port = proxy(null);
    RawPeer peer = connect(port);
    peer.send(register(";" + DEVICE));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    peer.send(
        register(";" + DEVICE).replaceFirst("192.0.2.7:9;transport", "192.0.2.8:9;transport"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    peer.send(register(";expires=0;" + DEVICE));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("<sip:bob@192.0.2.8:9");
    peer.send(
        register(";expires=0;" + DEVICE)
            .replaceFirst("192.0.2.7:9;transport", "192.0.2.8:9;transport"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").doesNotContain("Contact:");
  }

  @Test
  void aRegistrationThatHasGoneFarEnoughIsNotSentOn() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = proxy(PeerAddress.parse("x", "127.0.0.1:" + socket.getLocalPort() + "/TCP"));
      RawPeer client = connect(port);
      client.send(register("").replace("Max-Forwards: 70", "Max-Forwards: 0"));
      assertThat(client.readMessage()).startsWith("SIP/2.0 483");
    }
    RawPeer client = connect(proxy(null));
    client.send(register("").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    assertThat(client.readMessage()).as("where it arrives").startsWith("SIP/2.0 200");
  }

  @Test
  void severalContactsWithAFlowAreABadRequestAndAFlowWithoutADeviceIsNone() throws Exception {
    int port = proxy(null);
    RawPeer peer = connect(port);
    peer.send(register(";reg-id=1;" + DEVICE, "Contact: <sip:bob@192.0.2.8:9>;reg-id=2;" + DEVICE));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 400");
    peer.send(register(";reg-id=1"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").doesNotContain("Require");
  }

  @Test
  void throughAnEdgeWithoutOutboundItIs439AndThroughOneWithItItsPathIsKept() throws Exception {
    int port = proxy(null);
    RawPeer edge = connect(port);
    edge.send(register(";reg-id=1;" + DEVICE, "Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKclient"));
    assertThat(edge.readMessage()).startsWith("SIP/2.0 439 First Hop Lacks Outbound Support");
    edge.send(
        register(
            ";reg-id=1;" + DEVICE,
            "Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKclient",
            "Path: <sip:token@192.0.2.8:5060;transport=tcp;lr;ob>"));
    assertThat(edge.readMessage())
        .startsWith("SIP/2.0 200")
        .contains("Require: outbound", "Path: <sip:token@192.0.2.8:5060;transport=tcp;lr;ob>");
    RawPeer caller = connect(port);
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    assertThat(edge.readMessage())
        .startsWith("MESSAGE sip:bob@192.0.2.7:9")
        .contains("Route: <sip:token@192.0.2.8:5060;transport=tcp;lr;ob>");
  }

  @Test
  void anEdgePutsATokenIntoPathThatLeadsToItsClientAndNowhereElse() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = proxy(PeerAddress.parse("x", "127.0.0.1:" + socket.getLocalPort() + "/TCP"));
      RawPeer client = connect(port);
      client.send(register(";reg-id=1;" + DEVICE));
      RawPeer registrar = RawPeer.accept(socket);
      opened.add(registrar);
      String forwarded = registrar.readMessage();
      Matcher path =
          Pattern.compile("Path: (<sip:([\\w-]+)@127.0.0.1:" + port + ";[^>]*;ob>)")
              .matcher(forwarded);
      assertThat(path.find()).as(forwarded).isTrue();
      registrar.send(
          RawPeer.response(
              "200 OK", forwarded, "Require: outbound", "Contact: <sip:bob@192.0.2.7:9>"));
      assertThat(client.readMessage())
          .startsWith("SIP/2.0 200")
          .contains("Require: outbound", "Flow-Timer: 300");

      registrar.send(request("MESSAGE", "sip:bob@192.0.2.7:9", "bob", "Route: " + path.group(1)));
      String received = client.readMessage();
      assertThat(received).startsWith("MESSAGE sip:bob@192.0.2.7:9").doesNotContain("Route: ");
      client.send(answer(received, 200));
      assertThat(registrar.readMessage()).startsWith("SIP/2.0 200");

      String token = path.group(2);
      String tampered = (token.charAt(5) == 'A' ? "B" : "A") + token.substring(1);
      registrar.send(
          request(
              "MESSAGE",
              "sip:bob@192.0.2.7:9",
              "bob",
              "Route: " + path.group(1).replace(token, tampered)));
      assertThat(registrar.readMessage()).startsWith("SIP/2.0 403");

      client.close();
      String gone = "";
      for (int i = 0; i < 100 && !gone.startsWith("SIP/2.0 430"); i++) {
        registrar.send(request("MESSAGE", "sip:bob@192.0.2.7:9", "bob", "Route: " + path.group(1)));
        gone = registrar.readMessage();
      }
      assertThat(gone).startsWith("SIP/2.0 430");
    }
  }

  @Test
  void aCallerReachesADeviceBehindOurEdgeAtOurRegistrar() throws Exception {
    int registrarPort = proxy(null);
    int edgePort = proxy(PeerAddress.parse("x", "127.0.0.1:" + registrarPort + "/TCP"));
    RawPeer client = connect(edgePort);
    client.send(register(";reg-id=1;" + DEVICE));
    assertThat(client.readMessage())
        .startsWith("SIP/2.0 200")
        .containsOnlyOnce("Require: outbound")
        .containsOnlyOnce("Flow-Timer: ");
    RawPeer caller = connect(registrarPort);
    caller.send(request("MESSAGE", "sip:bob@contoso.test", "bob"));
    String received = client.readMessage();
    assertThat(received).startsWith("MESSAGE ");
    client.send(answer(received, 200));
    assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
  }
}
