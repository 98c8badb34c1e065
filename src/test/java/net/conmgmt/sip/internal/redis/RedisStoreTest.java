package net.conmgmt.sip.internal.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the store on Redis says of its address, without a server. */
class RedisStoreTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://alice:hunter2@192.0.2.9:6379",
        "redis://hunter2@192.0.2.9:6379",
        "redis://alice:x@hunter2@192.0.2.9:6379",
        "redis://alice:x/hunter2@192.0.2.9:6379",
        "redis://alice:x#hunter2@192.0.2.9:6379",
        "redis://alice:x?hunter2@192.0.2.9:6379",
        "redis://alice:x%hunter2@192.0.2.9:6379",
        "redis://alice:x hunter2@192.0.2.9:6379",
        "redis-sentinel://hunter2@192.0.2.9,192.0.2.8/0#name",
        "redis://alice:hunter2@192.0.2.9:7000,192.0.2.8:7000",
      })
  void aPasswordIsShownNowhere(String uri) {
    RedisStore[] store = new RedisStore[1];
    Throwable refused =
        catchThrowable(() -> store[0] = new RedisStore(uri, 1, new VirtualScheduler()));
    String said = store[0] == null ? String.valueOf(refused.getMessage()) : store[0].toString();
    assertThat(said).contains("192.0.2.9").doesNotContain("hunter2");
    if (store[0] == null) {
      assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasNoCause();
    } else {
      store[0].close();
    }
  }
}
