package net.conmgmt.sip.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sip.SipFactory;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.StackStop;
import org.junit.jupiter.api.Test;

/** What the testkit jar gives to the tests of applications. */
class TestkitTest {

  /** The classes of the jar, as the build names them. */
  private static Set<String> kit() throws Exception {
    return Pattern.compile("<include>net/conmgmt/sip/testing/(\\w+)\\*\\.class</include>")
        .matcher(Files.readString(Path.of("pom.xml")))
        .results()
        .map(include -> VirtualScheduler.class.getPackageName() + "." + include.group(1))
        .collect(Collectors.toSet());
  }

  private static String outermost(JavaClass type) {
    return type.getName().replaceAll("\\$.*", "");
  }

  @Test
  void theKitNeedsNothingButWhatAnApplicationInherits() throws Exception {
    Set<String> kit = kit();
    assertThat(kit).contains(FakeClock.class.getName(), RawPeer.class.getName());
    List<String> inherited =
        List.of(
            "java.",
            "javax.net.",
            "javax.sip.",
            "org.xbill.",
            "org.apache.logging.log4j.",
            "org.jspecify.",
            "net.conmgmt.sip.");
    DescribedPredicate<JavaClass> allowed =
        DescribedPredicate.describe(
            "of the kit or inherited",
            type ->
                type.isPrimitive()
                    || type.isArray()
                    || kit.contains(outermost(type))
                    || (!type.getPackageName().equals(VirtualScheduler.class.getPackageName())
                        && inherited.stream().anyMatch(type.getName()::startsWith)));
    classes()
        .that(DescribedPredicate.describe("of the kit", type -> kit.contains(outermost(type))))
        .should()
        .onlyDependOnClassesThat(allowed)
        .check(new ClassFileImporter().importPackagesOf(VirtualScheduler.class));
  }

  @Test
  void aClientPingsWhenTheFakeClockSaysSo() throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      SipStack stack = stack(proxy.getLocalPort());
      FakeClock clock = FakeClock.of(stack);
      EventRecorder events = new EventRecorder();
      ConnectionManagement management = ConnectionManagement.of(stack);
      management.addListener(events);
      try {
        register(stack);
        try (RawPeer peer = RawPeer.accept(proxy)) {
          peer.send(
              RawPeer.okTo(peer.readMessage(), "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300\r\n"));
          events.await("negotiated");

          clock.advance(Duration.ofSeconds(199));
          assertThat(management.counts().keepAlives().sent()).isZero();
          clock.advance(Duration.ofSeconds(1));
          assertThat(peer.read(4)).isEqualTo("\r\n\r\n");
        }
      } finally {
        StackStop.of(stack);
      }
    }
  }

  @Test
  void aStackThatKeepsTimeAlreadyTakesNoOtherClock() throws Exception {
    SipStack stack = stack(1);
    try {
      stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp");
      assertThatThrownBy(() -> FakeClock.of(stack)).hasMessageContaining("right after");
    } finally {
      StackStop.of(stack);
    }
  }

  private static SipStack stack(int proxyPort) throws Exception {
    Properties properties =
        Stacks.managed("javax.sip.OUTBOUND_PROXY", "127.0.0.1:" + proxyPort + "/TCP");
    properties.setProperty("javax.sip.STACK_NAME", "testkit-" + proxyPort);
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    return factory.createSipStack(properties);
  }

  private static void register(SipStack stack) throws Exception {
    int port = Stacks.freePort();
    SipProvider provider =
        stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "tcp"));
    provider.addSipListener(
        (SipListener)
            Proxy.newProxyInstance(
                TestkitTest.class.getClassLoader(),
                new Class<?>[] {SipListener.class},
                (listener, method, arguments) -> null));
    String register =
        """
        REGISTER sip:contoso.test SIP/2.0
        Via: SIP/2.0/TCP 127.0.0.1:%1$d
        From: <sip:alice@contoso.test>;tag=1
        To: <sip:alice@contoso.test>
        Contact: <sip:alice@127.0.0.1:%1$d;transport=tcp>
        Call-ID: testkit
        CSeq: 1 REGISTER
        Max-Forwards: 70

        """
            .formatted(port)
            .replace("\n", "\r\n");
    provider
        .getNewClientTransaction(
            SipFactory.getInstance().createMessageFactory().createRequest(register))
        .sendRequest();
  }
}
