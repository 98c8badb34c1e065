package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.stack.SIPEventInterceptor;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sip.SipStack;
import javax.sip.message.Message;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer that floods a listener: one that is not reentrant, as by default none is, and another. */
class ListenerBacklogTest {

  private static final int FLOOD = 2_000;

  /** Of these, half may be at the messages of one connection. */
  private static final int THREADS = 4;

  private static volatile AtomicInteger floodBegun = new AtomicInteger();
  private static volatile AtomicInteger floodTaken = new AtomicInteger();
  private static volatile CountDownLatch otherBegun = new CountDownLatch(1);
  private static volatile CountDownLatch otherTaken = new CountDownLatch(1);

  /** Sees what the RI has taken in, which may wait for the listener. */
  public static final class Counter implements SIPEventInterceptor {
    @Override
    public void init(SipStack stack) {}

    @Override
    public void beforeMessage(Message message) {
      if (isOther(message)) {
        otherBegun.countDown();
      } else {
        floodBegun.incrementAndGet();
      }
    }

    @Override
    public void afterMessage(Message message) {
      if (isOther(message)) {
        otherTaken.countDown();
      } else {
        floodTaken.incrementAndGet();
      }
    }

    private static boolean isOther(Message message) {
      return ((SIPMessage) message).getCallId().getCallId().startsWith("other");
    }

    @Override
    public void destroy() {}
  }

  @BeforeEach
  void count() {
    floodBegun = new AtomicInteger();
    floodTaken = new AtomicInteger();
    otherBegun = new CountDownLatch(1);
    otherTaken = new CountDownLatch(1);
  }

  private static String options(String call) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-"
        + call
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: "
        + call
        + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  }

  private static CompletableFuture<Void> flood(RawPeer peer) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            for (int i = 0; i < FLOOD; i++) {
              peer.send(options("flood-" + i));
            }
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void fewMessagesOfAConnectionWaitForTheListenerAndTheRestOnTheirWay(String io) throws Exception {
    int port = Stacks.freePort();
    CountDownLatch listenerRuns = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (PlainApplication server =
            new PlainApplication(
                Stacks.managed(
                    IoKinds.PROPERTY,
                    io,
                    "gov.nist.javax.sip.SIP_EVENT_INTERCEPTOR",
                    Counter.class.getName()),
                "127.0.0.1",
                port);
        RawPeer flooder = RawPeer.connect(port);
        RawPeer other = RawPeer.connect(port)) {
      server.beforeAnswers(
          () -> {
            listenerRuns.countDown();
            release.await();
          });
      CompletableFuture<Void> flood = flood(flooder);
      assertThat(listenerRuns.await(30, TimeUnit.SECONDS)).isTrue();
      // All of it is with the systems on both sides, or further.
      flood.get(30, TimeUnit.SECONDS);
      await().until(() -> floodTaken.get() >= ListenerBacklog.MESSAGES);
      other.send(options("other"));
      assertThat(otherTaken.await(30, TimeUnit.SECONDS)).isTrue();
      // Those that were being taken in when the bound was reached are beyond it.
      assertThat(floodTaken.get()).isLessThan(FLOOD / 4);
      release.countDown();
      assertThat(other.readMessage()).startsWith("SIP/2.0 200");
      for (int i = 0; i < FLOOD; i++) {
        assertThat(flooder.readMessage()).startsWith("SIP/2.0 200");
      }
    } finally {
      release.countDown();
    }
  }

  /** How many threads one connection may hold at most is for {@code StepsThatTakeLongTest}. */
  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void whileAReentrantListenerStandsStillWithOneConnectionItHearsAnother(String io)
      throws Exception {
    int port = Stacks.freePort();
    CountDownLatch release = new CountDownLatch(1);
    try (PlainApplication server =
            new PlainApplication(
                Stacks.managed(
                    IoKinds.PROPERTY,
                    io,
                    "gov.nist.javax.sip.REENTRANT_LISTENER",
                    "true",
                    "gov.nist.javax.sip.THREAD_POOL_SIZE",
                    Integer.toString(THREADS),
                    "gov.nist.javax.sip.SIP_EVENT_INTERCEPTOR",
                    Counter.class.getName()),
                "127.0.0.1",
                port);
        RawPeer flooder = RawPeer.connect(port);
        RawPeer other = RawPeer.connect(port)) {
      server.beforeAnswers(release::await);
      CompletableFuture<Void> flood = flood(flooder);
      await().until(() -> floodBegun.get() >= THREADS / 2);
      flood.get(30, TimeUnit.SECONDS);
      other.send(options("other"));
      assertThat(otherBegun.await(30, TimeUnit.SECONDS)).isTrue();
      release.countDown();
      assertThat(other.readMessage()).startsWith("SIP/2.0 200");
      for (int i = 0; i < FLOOD; i++) {
        assertThat(flooder.readMessage()).startsWith("SIP/2.0 200");
      }
    } finally {
      release.countDown();
    }
  }
}
