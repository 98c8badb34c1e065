package net.conmgmt.sip.internal.monitoring;

import java.util.Locale;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;

/** A listener that receives keep-alives and their answers as one kind of event. */
interface KeepAliveWatcher extends ConnectionManagementListener {

  /** What has passed. */
  enum Signal {
    SENT,
    RECEIVED,
    ANSWERED;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As logs and recordings have it. */
    String word() {
      return word;
    }
  }

  void keepAlive(ManagedConnection connection, Signal signal);

  @Override
  default void keepAliveSent(ManagedConnection connection) {
    keepAlive(connection, Signal.SENT);
  }

  @Override
  default void keepAliveReceived(ManagedConnection connection) {
    keepAlive(connection, Signal.RECEIVED);
  }

  @Override
  default void keepAliveAnswered(ManagedConnection connection) {
    keepAlive(connection, Signal.ANSWERED);
  }
}
