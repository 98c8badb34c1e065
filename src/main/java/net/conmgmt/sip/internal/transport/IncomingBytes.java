package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.framing.FramingException;
import net.conmgmt.sip.internal.framing.MessageDeadline;
import net.conmgmt.sip.internal.framing.StreamFramer;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes that arrive on one connection: it gives messages to the connection's user,
 * answers keep-alives, and closes the connection when the peer breaks the rules or takes too long.
 * One thread at a time feeds it; all other methods may be called by any thread.
 */
final class IncomingBytes implements StreamFramer.Sink {

  private static final Logger LOG = LogManager.getLogger(IncomingBytes.class);
  private static final byte[] CRLF = {'\r', '\n'};

  /** More keep-alives than one in this time are a flood, which is not answered. */
  private static final long PONG_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** So far pongs may be ahead of that rate. */
  private static final long PONG_CREDIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final SocketConnection connection;
  private final ConnectionUser user;
  private final ConnectionContext around;
  private final Wire wire;
  private final MemoryBudget.Share memory;
  // None after the end: a closed connection may be known for long, and holds no half message.
  private volatile @Nullable StreamFramer framer;
  private boolean crlfBefore;
  // Of the client side: those in a row of what is being taken, and whether nothing but such has
  // come since the last keep-alive left, which another thread says.
  private int crlfs;
  private volatile boolean onlyCrlfsSincePing;
  // What came since the bytes were taken: each is told once for all of them, as a flood of it must
  // not take the thread from others.
  private boolean keepAliveCame;
  private int strayBytes;
  private byte lastStray;
  // The instant up to which pongs are paid for.
  private long pongsUntilNanos;
  private volatile @Nullable MessageDeadline deadline;

  IncomingBytes(
      SocketConnection connection, ConnectionUser user, ConnectionContext around, Wire wire) {
    this.connection = connection;
    this.user = user;
    this.around = around;
    this.wire = wire;
    memory = around.memory().share();
    framer = new StreamFramer(this, around.limits().maxHeadBytes(), around.limits().maxBodyBytes());
  }

  /** Takes bytes as they came, after TLS. */
  void feed(ByteBuffer bytes) {
    StreamFramer open = framer;
    if (open == null || connection.isClosed()) {
      // More of what came with the bytes that ended it: another TLS record, for instance.
      return;
    }
    boolean inside = open.insideMessage();
    try {
      open.feed(bytes);
      if (inside || open.insideMessage()) {
        connection.handler().insideMessage();
      }
      tellOnce();
      if (!memory.hold(open.heldBytes())) {
        throw new FramingException(
            open.heldBytes()
                + " bytes of a message that is not complete "
                + around.memory().refusal());
      }
      watchMessage(open);
    } catch (FramingException e) {
      String fault = String.valueOf(e.getMessage());
      around.warnings().warn("Closing the connection to {}: {}", connection, fault);
      connection.close(CloseReason.BAD_INPUT, fault);
    }
  }

  /** Whether a message has begun and is not complete. */
  boolean insideMessage() {
    StreamFramer open = framer;
    return open != null && open.insideMessage();
  }

  /** A keep-alive is about to leave. */
  void pinged() {
    onlyCrlfsSincePing = !insideMessage();
  }

  /** The peer is not to blame for the time in which nobody read. */
  void readingPausedOrGoesOn() {
    MessageDeadline watched = deadline;
    if (watched != null) {
      watched.restart();
    }
  }

  /** Nothing more will come. */
  void end() {
    framer = null;
    memory.end();
    MessageDeadline watched = deadline;
    if (watched != null) {
      watched.cancel();
    }
  }

  private void watchMessage(StreamFramer open) {
    MessageDeadline watched = deadline;
    if (!open.insideMessage()) {
      if (watched != null) {
        watched.between();
      }
      return;
    }
    if (watched == null) {
      watched =
          new MessageDeadline(
              around.scheduler(),
              around.limits().messageTimeout(),
              wire::isReadingPaused,
              Scheduler.named(connection, this::messageTooSlow));
      deadline = watched;
    }
    watched.inside(open.begun());
    if (connection.isClosed()) {
      // Meanwhile, and perhaps before there was a deadline to cancel.
      watched.cancel();
    }
  }

  private void messageTooSlow() {
    connection.close(
        CloseReason.BAD_INPUT,
        "a message was not complete within "
            + around.limits().messageTimeout().toSeconds()
            + " s (MESSAGE_TIMEOUT)");
  }

  @Override
  public void messageBegins() {
    crlfBefore = false;
    tellAnswer();
    onlyCrlfsSincePing = false;
  }

  @Override
  public void message(byte[] head, byte[] body) {
    connection.message(head, body);
  }

  /** RFC 5626 section 4.4.1: only the accepting side takes two CRLFs as a ping. */
  @Override
  public void crlf() {
    if (connection.side() == Side.CLIENT) {
      crlfs++;
    } else {
      keepAliveCame |= crlfBefore;
      crlfBefore = !crlfBefore;
    }
  }

  @Override
  public void passedOver(byte stray) {
    crlfBefore = false;
    tellAnswer();
    onlyCrlfsSincePing = false;
    strayBytes++;
    lastStray = stray;
  }

  @Override
  public void refused(byte[] head, String status, String why) {
    connection.refused(head, status, why);
  }

  /**
   * One CRLF behind a message may be its end, and two in a row may be a keep-alive of a server that
   * sends some and answers none: such a peer must not be held to answers that it does not give.
   */
  private void tellAnswer() {
    if (crlfs == 0) {
      return;
    }
    boolean answer = onlyCrlfsSincePing && crlfs % 2 == 1;
    crlfs = 0;
    user.keepAliveAnswered();
    if (answer) {
      connection.handler().keepAliveAnswered();
    } else {
      connection.handler().crLfReceived();
    }
  }

  private void tellOnce() {
    tellAnswer();
    if (strayBytes > 0) {
      String detail =
          String.format(
              "%d stray bytes between messages, the last one 0x%02x", strayBytes, lastStray & 0xff);
      strayBytes = 0;
      around.warnings().warn("{} sent {}, which are passed over", connection, detail);
      connection.handler().messageRefused(detail);
    }
    if (keepAliveCame) {
      keepAliveCame = false;
      connection.handler().keepAliveReceived();
      if (around.limits().answersKeepAlive() && mayAnswer()) {
        try {
          connection.write(ByteBuffer.wrap(CRLF));
        } catch (IOException e) {
          LOG.debug("A keep-alive from {} was not answered", connection, e);
        }
      }
      user.keepAliveReceived();
    }
  }

  private boolean mayAnswer() {
    long now = around.scheduler().nanoTime();
    if (pongsUntilNanos == 0 || pongsUntilNanos - now < 0) {
      pongsUntilNanos = now;
    }
    if (pongsUntilNanos - now >= PONG_CREDIT_NANOS) {
      return false;
    }
    pongsUntilNanos += PONG_NANOS;
    return true;
  }
}
