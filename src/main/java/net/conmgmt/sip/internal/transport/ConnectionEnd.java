package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.io.LocalFaultException;
import net.conmgmt.sip.internal.time.Failures;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends one connection: keeps the reason, takes the steps that the end consists of, and makes the
 * exception for those who use the connection later. Each step is taken once, whatever fails: where
 * there is no heap for a step, it and those behind it are tried again until there is. All that is
 * needed for that is made with the connection. Thread-safe.
 */
final class ConnectionEnd implements Runnable {

  private static final Logger LOG = LogManager.getLogger(ConnectionEnd.class);

  private final SocketConnection connection;
  private final Runnable tellInOrder;
  private final Runnable tellUntilDone;
  private final Runnable tell = this::tell;

  // Written before the state that says so.
  private volatile String detail = "";
  private volatile @Nullable CloseReason reason;
  private volatile @Nullable IOException cause;

  // Told by a step that runs alone: nothing that came with the end is any more.
  private volatile boolean told;

  // Used by one thread at a time.
  private int step;

  ConnectionEnd(SocketConnection connection) {
    this.connection = connection;
    tellUntilDone = this::tellUntilDone;
    tellInOrder = this::tellInOrder;
  }

  /** Says why, before the state says that it is closed; the first to say so counts. */
  synchronized void because(CloseReason why, String text) {
    if (reason == null) {
      detail = text;
      reason = why;
    }
  }

  /** Keeps what went wrong, before it is known what that means. */
  void causedBy(IOException failure) {
    cause = failure;
  }

  /** Takes the steps that have not been taken. */
  @Override
  public void run() {
    while (isTaken(step)) {
      step++;
    }
  }

  /** Takes a step; false where there is none of that number. */
  private boolean isTaken(int number) {
    try {
      return connection.endStep(number);
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, connection, e);
      return true;
    }
  }

  /** A step of what the connection tells in order: tells of the end. */
  Runnable telling() {
    return tellInOrder;
  }

  private void tellInOrder() {
    told = true;
    connection.tellEnd(tellUntilDone);
  }

  private void tellUntilDone() {
    connection.around().scheduler().untilDone(tell);
  }

  private void tell() {
    CloseReason why = reason;
    if (why != null) {
      connection.handler().closed(why, detail);
    }
  }

  /** Whether the end has been told, so that no message is given to anybody any more. */
  boolean isTold() {
    return told;
  }

  /** Makes the exception for those who waited for the connection. */
  IOException failure() {
    return reason == CloseReason.TLS_FAILED ? tlsFailure() : notOpen();
  }

  /** A proxy that was reached but refused must not look like one that was not reached. */
  private SSLException tlsFailure() {
    return cause instanceof SSLException refusal
        ? refusal
        : new SSLHandshakeException("TLS with " + connection + " failed: " + detail);
  }

  /** Makes the exception for those who need an open connection. */
  IOException notOpen() {
    CloseReason why = reason;
    if (why == CloseReason.CONNECT_FAILED) {
      return new ConnectFailedException(
          ConnectionText.peerOf(connection), detail, cause instanceof LocalFaultException, cause);
    }
    return new IOException(
        "The "
            + connection
            + (why == null ? " is not open" : " is closed: " + why)
            + (detail.isEmpty() ? "" : ": " + detail));
  }
}
