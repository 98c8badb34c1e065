package net.conmgmt.sip.internal.transport;

/** Takes what arrives on a connection; the RI's channel is one. */
interface ConnectionUser {

  /** A whole message arrived and has its turn. Called on one of the stack's workers. */
  void message(byte[] head, byte[] body);

  /** A message arrived that cannot be taken; a request is answered with the status. */
  void refused(byte[] head, String status, String why);

  /** The peer sent a keep-alive; it is answered already. */
  void keepAliveReceived();

  /** The peer answered a keep-alive. */
  void keepAliveAnswered();

  /** The connection is closed. Called once, before anything else hears of it. */
  void closed();
}
