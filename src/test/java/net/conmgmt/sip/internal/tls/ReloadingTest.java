package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When files are read again, in virtual time. */
class ReloadingTest {

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - 1);
  @TempDir private Path folder;
  private Path file;
  private int reads;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("file"), "first");
  }

  private Reloading<String> reloading() throws Exception {
    return new Reloading<>(
        List.of(file),
        () -> {
          reads++;
          String text = Files.readString(file);
          if (text.startsWith("bad")) {
            throw new IOException("cannot be used");
          }
          return text;
        },
        time);
  }

  @Test
  void aChangeCountsAfterASecondAndNotBefore() throws Exception {
    Reloading<String> reloading = reloading();
    Files.writeString(file, "second");
    time.advance(999_999_999);
    assertThat(reloading.current()).isEqualTo("first");
    time.advance(1);
    assertThat(reloading.current()).isEqualTo("second");
    assertThat(reads).isEqualTo(2);
  }

  @Test
  void whatDidNotChangeIsNotReadAgain() throws Exception {
    Reloading<String> reloading = reloading();
    time.advanceSeconds(3600);
    assertThat(reloading.current()).isEqualTo("first");
    assertThat(reads).isEqualTo(1);
  }

  @Test
  void aFileOfTheSameLengthThatIsNewerIsAnotherOne() throws Exception {
    Reloading<String> reloading = reloading();
    Files.writeString(file, "FIRST");
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    time.advanceSeconds(1);
    assertThat(reloading.current()).isEqualTo("FIRST");
  }

  @Test
  void aBrokenFileIsTriedOnceAndTheFormerStays() throws Exception {
    Reloading<String> reloading = reloading();
    Files.writeString(file, "bad one");
    for (int i = 0; i < 3; i++) {
      time.advanceSeconds(1);
      assertThat(reloading.current()).isEqualTo("first");
    }
    assertThat(reads).isEqualTo(2);
    Files.delete(file);
    time.advanceSeconds(1);
    assertThat(reloading.current()).isEqualTo("first");
    Files.writeString(file, "third");
    time.advanceSeconds(1);
    assertThat(reloading.current()).isEqualTo("third");
  }

  @Test
  void theFirstReadingMustSucceed() throws Exception {
    Files.writeString(file, "bad");
    assertThatThrownBy(this::reloading).hasMessage("cannot be used");
  }
}
