package net.conmgmt.sip.internal.keepalive;

/** What the keep-alive listener of a stack without connections must not have any more. */
public final class KeepAliveRemains {

  private KeepAliveRemains() {}

  /** How many handlers and endpoints there are. */
  public static int of(KeepAliveListener listener) {
    return listener.retained();
  }
}
