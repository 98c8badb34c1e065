package net.conmgmt.sip.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.testing.StubConnection;
import org.junit.jupiter.api.Test;

class SerialEventsTest {

  private final ListenerList<ConnectionListener> listeners = new ListenerList<>();
  private final SerialEvents events = new SerialEvents(listeners, "a connection");
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private final ManagedConnection connection =
      new StubConnection(1, ManagedConnection.Side.PROXY, "TCP");

  @Test
  void anEventOfAnotherThreadWaitsForTheOneBeingToldAndHoldsNobodyUp() throws Exception {
    CountDownLatch telling = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    listeners.add(
        new ConnectionListener() {
          @Override
          public void established(ManagedConnection c) {
            telling.countDown();
            try {
              assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            told.add("established");
          }

          @Override
          public void keepAliveSent(ManagedConnection c) {
            told.add("sent by " + Thread.currentThread().getName());
          }
        });
    Thread first =
        new Thread(() -> events.tell(l -> l.established(connection)), "the telling thread");
    first.start();
    assertThat(telling.await(10, TimeUnit.SECONDS)).isTrue();
    events.tell(l -> l.keepAliveSent(connection));
    assertThat(told).isEmpty();
    release.countDown();
    first.join(10_000);
    assertThat(told).containsExactly("established", "sent by the telling thread");
  }

  @Test
  void nothingIsToldAfterTheLastEvent() {
    listeners.add(
        new ConnectionListener() {
          @Override
          public void closed(ManagedConnection c, CloseReason reason, String detail) {
            told.add("closed");
            events.tell(l -> l.keepAliveSent(c));
          }

          @Override
          public void keepAliveSent(ManagedConnection c) {
            told.add("sent");
          }
        });
    events.tellLast(l -> l.closed(connection, CloseReason.LOCAL, ""));
    events.tell(l -> l.keepAliveSent(connection));
    events.tellLast(l -> l.closed(connection, CloseReason.LOCAL, ""));
    assertThat(told).containsExactly("closed");
  }
}
