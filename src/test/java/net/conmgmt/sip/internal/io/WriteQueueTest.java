package net.conmgmt.sip.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import org.junit.jupiter.api.Test;

class WriteQueueTest {

  private static final int MOST = 4096;

  private final MemoryBudget memory = new MemoryBudget(100_000);
  private final WriteQueue queue = new WriteQueue(MOST, memory);

  private void addAndWriteOff(ByteBuffer bytes) throws WriteQueueFullException {
    queue.add(bytes);
    ByteBuffer next = Objects.requireNonNull(queue.next());
    next.position(next.limit());
    queue.wrote();
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
  void aMessageLargerThanTheBoundIsTakenWhileLittleElseWaits() throws WriteQueueFullException {
    queue.add(ByteBuffer.allocate(10 * MOST));
    queue.add(ByteBuffer.allocate(MOST / 4));
    assertThatThrownBy(() -> queue.add(ByteBuffer.allocate(10 * MOST)))
        .isInstanceOf(WriteQueueFullException.class)
        .hasMessageContaining("MAX_WRITE_QUEUE_BYTES");
    assertThat(memory.takenBytes()).isZero();
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
    assertThat(memory.takenBytes()).isZero();
  }

  @Test
  void queuesThatHoldTooMuchTogetherCostTheOneThatAsksForMore() throws WriteQueueFullException {
    WriteQueue first = new WriteQueue(1_000_000, memory);
    WriteQueue second = new WriteQueue(1_000_000, memory);
    first.add(ByteBuffer.allocate(60_000));
    second.add(ByteBuffer.allocate(30_000));
    assertThatThrownBy(() -> second.add(ByteBuffer.allocate(20_000)))
        .isInstanceOf(WriteQueueFullException.class)
        .hasMessageStartingWith(
            "50128 bytes of memory wait for a peer that does not read and found no room: all"
                + " connections of the stack together may hold 100000 bytes")
        .hasMessageContaining("Raise -Xmx, or lower");
    assertThat(memory.takenBytes()).as("left is the first").isEqualTo(60_064);
    first.drop();
    assertThat(memory.takenBytes()).isZero();
  }

  @Test
  void afterARefusalNothingIsWrittenBehindWhatIsMissing() {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 3; i++) {
                queue.add(ByteBuffer.allocate(MOST));
              }
            })
        .isInstanceOf(WriteQueueFullException.class);
    assertThatThrownBy(queue::throwIfRefused).hasMessageContaining("MAX_WRITE_QUEUE_BYTES");
    queue.addLast(ByteBuffer.wrap(new byte[10]));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aBufferOfWhichMostIsWrittenIsHeldAllTheSame() throws WriteQueueFullException {
    WriteQueue patient = new WriteQueue(1_000_000, memory);
    ByteBuffer bytes = ByteBuffer.allocate(60_000);
    patient.add(bytes);
    bytes.position(59_999);
    patient.wrote();
    assertThat(memory.takenBytes()).isEqualTo(60_064);
    bytes.position(60_000);
    patient.wrote();
    assertThat(memory.takenBytes()).isZero();
  }

  @Test
  void whatIsDroppedWhileItIsBeingWrittenCountsOnce() throws WriteQueueFullException {
    queue.add(ByteBuffer.wrap(new byte[1_000]));
    queue.drop();
    queue.wrote();
    assertThat(memory.takenBytes()).isZero();
  }
}
