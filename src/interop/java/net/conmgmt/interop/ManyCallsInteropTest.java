package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls and messages of SIPp through the sample proxy: what it holds afterwards is what it held
 * before, in transactions, descriptors and heap.
 *
 * <ul>
 *   <li>{@code -Dcalls.count}: of calls, each of an INVITE, a MESSAGE and a BYE, default 200;
 *       100000 takes about seven minutes.
 *   <li>{@code -Dcalls.rate}: begun a second, default 250.
 * </ul>
 */
@Tag("peers")
@RealPeers(packages = "sip-tester")
class ManyCallsInteropTest {

  private static final Logger LOG = LogManager.getLogger(ManyCallsInteropTest.class);
  private static final String CALLEE = "callee";
  private static final int WARM_UP = 200;
  private static final int BATCH = 1_000;

  /** What is known of messages goes with the next message after they are collected. */
  private static final long SLACK_BYTES = 2L << 20;

  /** Longer than transactions stay in memory after their end (RFC 3261: 32 s). */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder;

  @Test
  void whatTheProxyHoldsAfterwardsIsWhatItHeldBefore() throws Exception {
    int count = Integer.getInteger("calls.count", 200);
    List<String> options =
        List.of("-Xmx512m", "-XX:SoftRefLRUPolicyMSPerMB=0", "-XX:MarkSweepAlwaysCompactCount=1");
    try (ProxyProcess proxy = ProxyProcess.start(folder, options, null, "--events", "-");
        ExternalProcess callee = callee(proxy)) {
      call(proxy, WARM_UP);
      ProcessFigures first = drained(proxy, callee);
      for (int left = count; left > 0; left -= BATCH) {
        call(proxy, Math.min(left, BATCH));
      }
      ProcessFigures last = drained(proxy, callee);
      LOG.info("{} calls and as many messages: from {} to {}", count, first, last);
      assertThat(last.descriptors()).isLessThanOrEqualTo(first.descriptors());
      assertThat(last.threads()).isLessThanOrEqualTo(first.threads() + 5);
      assertThat(last.heapBytes()).isLessThan(first.heapBytes() + SLACK_BYTES);
    }
  }

  /** What the proxy holds once it has no transaction any more. */
  private static ProcessFigures drained(ProxyProcess proxy, ExternalProcess callee) {
    await()
        .pollInterval(Duration.ofSeconds(1))
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ProcessFigures.transactions(proxy.process()))
                    .as(callee::output)
                    .isZero());
    try {
      return ProcessFigures.of(proxy.process());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private ExternalProcess callee(ProxyProcess proxy) throws IOException {
    Path answers =
        new SippFlow()
            .receive("INVITE")
            .answer("180 Ringing")
            .answer("200 OK")
            .receive("ACK")
            .receive("MESSAGE")
            .answerInDialog("200 OK")
            .receive("BYE")
            .answerInDialog("200 OK")
            .writeTo(folder, "answers");
    Path waits = new SippFlow().register(CALLEE).pause(Integer.MAX_VALUE).writeTo(folder, "waits");
    ExternalProcess callee = sipp(proxy, "callee", waits, "-oocsf", answers.toString(), "-m", "1");
    proxy.awaitRegistration(CALLEE);
    return callee;
  }

  private void call(ProxyProcess proxy, int count) throws IOException {
    Path calls =
        new SippFlow()
            .begin("INVITE", 1, CALLEE)
            .receive(100)
            .mayReceive(100)
            .receive(180)
            .mayReceive(100)
            .receive(200)
            .inDialog("ACK", 1, CALLEE)
            .inDialog("MESSAGE", 2, CALLEE)
            .receive(200)
            .inDialog("BYE", 3, CALLEE)
            .receive(200)
            .writeTo(folder, "calls");
    String number = Integer.toString(count);
    String rate = System.getProperty("calls.rate", "250");
    try (ExternalProcess caller =
        sipp(proxy, "caller", calls, "-m", number, "-l", "100", "-r", rate)) {
      assertThat(caller.awaitEnd()).as(caller::output).isZero();
    }
  }

  private ExternalProcess sipp(ProxyProcess proxy, String name, Path scenario, String... more)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sipp", "127.0.0.1:" + proxy.port("tcp"), "-sf", scenario.toString()));
    command.addAll(List.of("-t", "t1", "-nostdin", "-cid_str", "%u-%p", "-i", "127.0.0.1"));
    command.addAll(List.of(more));
    return ExternalProcess.start(name, folder, Map.of(), command);
  }
}
