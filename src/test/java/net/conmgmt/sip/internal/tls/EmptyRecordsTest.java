package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

class EmptyRecordsTest {

  private final VirtualScheduler clock = new VirtualScheduler();
  private final EmptyRecords records = new EmptyRecords(clock);

  private void come(int count) throws SSLException {
    for (int i = 0; i < count; i++) {
      records.another();
    }
  }

  @Test
  void aHundredASecondMayComeForEver() throws SSLException {
    for (int second = 0; second < 60; second++) {
      come(EmptyRecords.MOST);
      clock.advance(TimeUnit.SECONDS.toNanos(1));
    }
  }

  @Test
  void oneMoreThanAHundredWithinASecondIsRefused() throws SSLException {
    come(EmptyRecords.MOST);
    clock.advance(TimeUnit.SECONDS.toNanos(1) - 1);
    assertThatThrownBy(records::another)
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("more than 100 key updates or empty records within a second");
  }
}
