package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
    ExternalProcess callee =
        new SippFlow()
            .takeCall()
            .receive("MESSAGE")
            .answerInDialog("200 OK")
            .takeBye()
            .await(CALLEE, "callee", folder, proxy.port("tcp"));
    proxy.awaitRegistration(CALLEE);
    return callee;
  }

  private void call(ProxyProcess proxy, int count) throws IOException {
    SippFlow calls =
        new SippFlow().call(CALLEE).inDialog("MESSAGE", 2, CALLEE).receive(200).hangUp(3, CALLEE);
    String rate = System.getProperty("calls.rate", "250");
    try (ExternalProcess caller =
        calls.play("caller", folder, proxy.port("tcp"), count, "-l", "100", "-r", rate)) {
      int status = caller.awaitEnd();
      assertThat(status).as(SippFlow.errors(folder, "caller") + caller.output()).isZero();
    }
  }
}
