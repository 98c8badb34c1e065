package net.conmgmt.sip.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class WriteQueueTest {

  private static final int MOST = 4096;

  private final WriteQueue queue = new WriteQueue(MOST);

  private void addAndWriteOff(ByteBuffer bytes) throws WriteQueueFullException {
    queue.add(bytes);
    ByteBuffer next = Objects.requireNonNull(queue.next());
    int count = next.remaining();
    next.position(next.limit());
    queue.wrote(count);
  }

  @Test
  void manyShortAnswersAreMoreThanTheirBytes() {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < MOST / 2; i++) {
                queue.add(ByteBuffer.wrap(new byte[2]));
              }
            })
        .isInstanceOf(WriteQueueFullException.class)
        .hasMessageContaining("MAX_WRITE_QUEUE_BYTES");
  }

  @Test
  void aShortRecordDoesNotHoldTheRoomOfALongOne() throws WriteQueueFullException {
    ByteBuffer record =
        ByteBuffer.allocate(16_709).put("record".getBytes(StandardCharsets.US_ASCII)).flip();
    queue.add(record);
    ByteBuffer next = Objects.requireNonNull(queue.next());
    assertThat(next).isEqualTo(ByteBuffer.wrap("record".getBytes(StandardCharsets.US_ASCII)));
    assertThat(next.capacity()).isLessThan(200);
  }

  @Test
  void whatWasWrittenCountsNoMore() throws WriteQueueFullException {
    for (int i = 0; i < MOST; i++) {
      addAndWriteOff(ByteBuffer.wrap(new byte[1_000]));
    }
    assertThat(queue.isEmpty()).isTrue();
  }
}
