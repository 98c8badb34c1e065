package net.conmgmt.sip.internal.header;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPMessage;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.internal.header.ValueTable.Expected;
import net.conmgmt.sip.internal.header.ValueTable.Row;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every line of ms-keep-alive-values.txt over TCP through the stack, as offer and as answer. */
class MsKeepAliveOnTheWireTest {

  private static final String ANSWER = "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300";

  private final EventRecorder events = new EventRecorder();

  private static List<Row> rows() {
    List<Row> rows = ValueTable.rows().filter(Row::isFolded).toList();
    assertThat(rows).hasSizeGreaterThan(150);
    return rows;
  }

  private PlainApplication started(String kind, int port) throws Exception {
    PlainApplication application =
        new PlainApplication(Stacks.managed(IoKinds.PROPERTY, kind), "127.0.0.1", port);
    ConnectionManagement.of(application.stack()).addListener(events);
    return application;
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement({"HDR-1", "HDR-2", "HDR-5", "HDR-7", "HDR-8", "SRV-2", "SRV-3"})
  void everyRequestArrivesWithTheValuesOfTheTableAndGoodOffersAreAnswered(String kind)
      throws Exception {
    int port = Stacks.freePort();
    SoftAssertions soft = new SoftAssertions();
    try (PlainApplication proxy = started(kind, port);
        RawPeer client = RawPeer.connect(port)) {
      for (Row row : rows()) {
        client.send(options(row));
        SIPMessage request = (SIPMessage) proxy.requests.poll(30, TimeUnit.SECONDS);
        soft.assertThat(meanings(MsKeepAliveHeaders.in(request)))
            .as("%s", row)
            .isEqualTo(expected(row));
        soft.assertThat(request.getHeader("User-Agent")).as("%s", row).isNotNull();

        Expected first = row.expected().get(0);
        boolean good = first.valid() && first.outcome().startsWith("UAC yes");
        soft.assertThat(client.readMessage().lines().filter(l -> l.startsWith("Ms-Keep-Alive")))
            .as("answer to %s", row)
            .isEqualTo(good ? List.of(ANSWER) : List.of());
      }
    }
    soft.assertAll();
    // The one connection lived through all of them.
    assertThat(events.events().stream().filter(e -> e.startsWith("established"))).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement({"HDR-5", "HDR-8", "CLI-4", "CLI-5", "CLI-6"})
  void everyResponseArrivesWithTheValuesOfTheTableAndGoodAnswersSucceed(String kind)
      throws Exception {
    SoftAssertions soft = new SoftAssertions();
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PlainApplication client = started(kind, Stacks.freePort())) {
      int port = listener.getLocalPort();
      try (RawPeer proxy = connected(client, listener)) {
        boolean first = true;
        int failed = 0;
        int notRenewed = 0;
        int negotiated = 0;
        String agreed = "";
        for (Row row : rows()) {
          if (!first) {
            client.sendTo(Request.REGISTER, "127.0.0.1", port);
          }
          first = false;
          proxy.send(RawPeer.okTo(proxy.readMessage(), lines(row)));

          Response response = client.responses.poll(30, TimeUnit.SECONDS);
          soft.assertThat(meanings(MsKeepAliveHeaders.in((SIPMessage) response)))
              .as("%s", row)
              .isEqualTo(expected(row));
          String decision = decision(row);
          if (decision.isEmpty()) {
            // Once there was a success, it stands whatever comes later.
            if (agreed.isEmpty()) {
              events.await("failed CLIENT", ++failed);
            } else {
              events.await("not renewed CLIENT", ++notRenewed);
            }
          } else if (!decision.equals(agreed)) {
            agreed = decision;
            soft.assertThat(events.await("negotiated CLIENT", ++negotiated))
                .as("%s", row)
                .startsWith(decision);
          }
        }
      }
      soft.assertAll();
      assertThat(events.events().stream().filter(e -> e.startsWith("established"))).hasSize(1);
    }
  }

  /** The connect happens on the caller's thread, so that the first request needs another. */
  private static RawPeer connected(PlainApplication client, ServerSocket listener)
      throws Exception {
    Thread sender =
        new Thread(
            () -> {
              try {
                client.sendTo(Request.REGISTER, "127.0.0.1", listener.getLocalPort());
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    sender.start();
    RawPeer proxy = RawPeer.accept(listener);
    sender.join();
    return proxy;
  }

  /** The event of a good answer; empty for one that fails. */
  private static String decision(Row row) {
    String[] outcome = row.expected().get(0).outcome().split(" ", -1);
    boolean good =
        row.expected().size() == 1
            && row.expected().get(0).valid()
            && outcome[0].equals("UAS")
            && outcome[1].equals("yes")
            && !outcome[2].equals("-")
            && !outcome[2].equals("0");
    return good ? "negotiated CLIENT " + outcome[2] + " " : "";
  }

  private static List<String> expected(Row row) {
    return row.expected().stream()
        .map(value -> value.valid() ? value.outcome() : "malformed")
        .toList();
  }

  private static List<String> meanings(List<MsKeepAliveHeader> headers) {
    return headers.stream()
        .map(
            header ->
                header.isValid()
                    ? header.role()
                        + (header.offersHopByHop() ? " yes " : " no ")
                        + (header.timeoutSeconds().isPresent()
                            ? header.timeoutSeconds().getAsInt()
                            : "-")
                    : "malformed")
        .toList();
  }

  private static String lines(Row row) {
    return "ms-keep-alive:" + row.value() + "\r\nUser-Agent: after\r\n";
  }

  private static String options(Row row) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\n"
        + "Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-row-"
        + row.line()
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: row-"
        + row.line()
        + "\r\nCSeq: 1 OPTIONS\r\n"
        + lines(row)
        + "Content-Length: 0\r\n\r\n";
  }
}
