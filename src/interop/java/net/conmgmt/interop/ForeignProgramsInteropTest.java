package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs of others that know nothing of this library run on its transport, switched on by options
 * of the JVM alone.
 */
@Tag("peers")
class ForeignProgramsInteropTest {

  /** Programs that bring no log of their own get the one of this library. */
  private static final List<String> LOG =
      List.of(
          "-Dorg.apache.logging.log4j.level=INFO",
          "-Dgov.nist.javax.sip.STACK_LOGGER=net.conmgmt.sip.logging.Log4jStackLogger",
          "-Dgov.nist.javax.sip.SERVER_LOGGER=net.conmgmt.sip.logging.Log4jServerLogger");

  private static final String NEGOTIATED = "keep-alive negotiated";

  /** Resolved and compiled once, as that takes longer than some of their runs. */
  private static final Map<String, ForeignProgram> PROGRAMS = new ConcurrentHashMap<>();

  @TempDir static Path programs;

  @TempDir Path folder;

  @AfterAll
  static void forgetPrograms() {
    PROGRAMS.clear();
  }

  private static ForeignProgram program(String name, String mainClass, boolean withLog)
      throws IOException {
    ForeignProgram known = PROGRAMS.get(name);
    if (known == null) {
      known = ForeignProgram.of(name, mainClass, withLog, programs);
      PROGRAMS.put(name, known);
    }
    return known;
  }

  private List<String> options(String transport) throws Exception {
    List<String> options = new ArrayList<>(LOG);
    if (transport.equalsIgnoreCase("tls")) {
      TestCertificates authority = new TestCertificates(folder);
      Path keys = authority.keyStore("program", "ip:127.0.0.1");
      options.add("-Djavax.net.ssl.keyStore=" + keys);
      options.add("-Djavax.net.ssl.keyStorePassword=" + TestCertificates.PASSWORD);
      options.add("-Djavax.net.ssl.trustStore=" + authority.trustStore());
      options.add("-Djavax.net.ssl.trustStorePassword=" + TestCertificates.PASSWORD);
    }
    return options;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aCallOfSipUnitIsMadeAndEnded(String ioKind, String transport) throws Exception {
    ForeignProgram phones = program("sipunit", "SipUnitCall", true);
    try (ExternalProcess run =
        phones.start(ioKind, options(transport), transport, Stacks.freePort(), Stacks.freePort())) {
      assertThat(run.awaitEnd()).as(run.output()).isZero();
      assertThat(run.output()).contains("DONE").contains(NEGOTIATED);
    }
  }

  /** Jitsi's fork of the RI, which jigasi has in place of it. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aStackOfTheForkOfJitsiRegistersCallsAndHangsUp(String ioKind, String transport)
      throws Exception {
    ForeignProgram fork = program("jitsi-fork", "ForkCall", true);
    try (ExternalProcess run =
        fork.start(ioKind, options(transport), transport, Stacks.freePort(), Stacks.freePort())) {
      assertThat(run.awaitEnd()).as(run.output()).isZero();
      assertThat(run.output())
          .contains("jain-sip-ri-ossonly")
          .contains("DONE")
          .contains(NEGOTIATED)
          .doesNotContain("NoSuchFieldError")
          .doesNotContain("NoSuchMethodError");
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void aSubscriberOfCamelHearsWhatIsPublished(String ioKind, String transport) throws Exception {
    ForeignProgram routes = program("camel-sip", "CamelRoutes", true);
    try (ExternalProcess run =
        routes.start(
            ioKind,
            options(transport),
            transport,
            Stacks.freePort(),
            Stacks.freePort(),
            Stacks.freePort())) {
      assertThat(run.awaitEnd()).as(run.output()).isZero();
      assertThat(run.output()).contains("DONE");
      assertThat(run.output().lines())
          .filteredOn(line -> line.contains(NEGOTIATED))
          .isNotEmpty()
          .allMatch(line -> line.contains(transport.toUpperCase(Locale.ROOT)));
    }
  }

  /**
   * Spring Boot with log4j-over-slf4j and Logback, a stack and a message parser of its own. It
   * listens on TCP and UDP only.
   */
  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aPlatformOnSpringBootChallengesADeviceAndAnswersItsKeepAlive(String ioKind)
      throws Exception {
    ForeignProgram platform = program("gb28181-proxy", "Platform", false);
    int port = Stacks.freePort();
    List<String> options = List.of("-Dspring.main.web-application-type=none");
    try (ExternalProcess run = platform.start(ioKind, options, port);
        RawPeer device = RawPeer.connect(readyOn(run, port))) {
      int own = device.socket().getLocalPort();
      device.send(register(own, port));
      assertThat(device.readMessage()).startsWith("SIP/2.0 401");
      device.send("\r\n\r\n");
      assertThat(device.read(2)).isEqualTo("\r\n");
      device.socket().close();
      run.awaitLine("closed, PEER_CLOSED");
      assertThat(run.output()).doesNotContain("NoClassDefFound");
    }
  }

  private static int readyOn(ExternalProcess run, int port) throws Exception {
    run.awaitLine("READY");
    return port;
  }

  private static String register(int own, int platform) {
    return """
        REGISTER sip:34020000002000000001@127.0.0.1:%2$d SIP/2.0
        Via: SIP/2.0/TCP 127.0.0.1:%1$d;rport;branch=z9hG4bKregister
        From: <sip:34020000001320000001@127.0.0.1:%1$d>;tag=1
        To: <sip:34020000001320000001@127.0.0.1:%1$d>
        Call-ID: device
        CSeq: 1 REGISTER
        Max-Forwards: 70
        Contact: <sip:34020000001320000001@127.0.0.1:%1$d;transport=tcp>
        Expires: 300
        Content-Length: 0

        """
        .formatted(own, platform)
        .replace("\n", "\r\n");
  }
}
