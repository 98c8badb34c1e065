package net.conmgmt.sip.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InboundQueueTest {

  private static final String END = "end";

  private final List<String> told = new ArrayList<>();
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private boolean stopped;
  private final InboundQueue queue =
      new InboundQueue(
          new InboundQueue.Consumer() {
            @Override
            public void process(InboundQueue.Inbound inbound) {
              told.add(new String(inbound.head(), StandardCharsets.UTF_8));
              if (told.equals(List.of("hangs up"))) {
                queue().end(() -> told.add(END));
              }
            }

            @Override
            public void pauseReading(boolean pause) {
              told.add(pause ? "paused" : "goes on");
            }
          },
          this::execute,
          1_000);

  private InboundQueue queue() {
    return queue;
  }

  private void execute(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("stopped");
    }
    tasks.add(task);
  }

  private void add(String message) {
    queue.add(new InboundQueue.Inbound(message.getBytes(StandardCharsets.UTF_8), new byte[0]));
  }

  private void runWorkers() {
    Runnable task = tasks.poll();
    while (task != null) {
      task.run();
      task = tasks.poll();
    }
  }

  @Test
  void withoutMessagesTheEndIsToldAtOnce() {
    add("1");
    runWorkers();
    queue.end(() -> told.add(END));
    assertThat(told).containsExactly("1", END);
  }

  @Test
  void theEndIsToldAfterTheMessagesThatCameBeforeItThoughTheyFillSeveralBatches() {
    List<String> expected = new ArrayList<>();
    IntStream.range(0, 150).mapToObj(Integer::toString).forEach(expected::add);
    expected.forEach(this::add);
    queue.end(() -> told.add(END));
    assertThat(told).isEmpty();
    runWorkers();
    expected.add(END);
    assertThat(told).isEqualTo(expected);
  }

  @Test
  void whoEndsTheConnectionWhileAMessageIsProcessedIsToldAfterTheOthers() {
    add("hangs up");
    add("2");
    runWorkers();
    assertThat(told).containsExactly("hangs up", "2", END);
  }

  @Test
  void theEndIsToldEvenIfTheStackStopsWhileMessagesWait() {
    IntStream.range(0, 150).mapToObj(Integer::toString).forEach(this::add);
    queue.end(() -> told.add(END));
    stopped = true;
    runWorkers();
    assertThat(told).endsWith(END).hasSizeLessThan(150);
    add("too late");
    assertThat(told).endsWith(END);
  }

  @Test
  void readingPausesWhileTooMuchWaits() {
    IntStream.range(0, 4).forEach(i -> add("m".repeat(400)));
    assertThat(told).containsExactly("paused");
    runWorkers();
    assertThat(told).containsSubsequence("paused", "goes on").hasSize(6);
  }
}
