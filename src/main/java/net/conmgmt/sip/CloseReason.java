package net.conmgmt.sip;

/** The reason why a connection ended. The log line, the event and the metric share one value. */
public enum CloseReason {
  /** The peer ended the stream (FIN). */
  PEER_CLOSED,
  /** Reading or writing failed (RST and the like). */
  IO_ERROR,
  /** The connection could not be made. */
  CONNECT_FAILED,
  /** The TLS handshake failed or took too long. */
  TLS_FAILED,
  /** The peer's bytes are not SIP, or exceed a limit. */
  BAD_INPUT,
  /** The peer does not read and its write queue passed the limit. */
  WRITE_QUEUE_FULL,
  /** The connection timer fired: no successful response in time ([MS-CONMGMT] 3.5.6). */
  CONNECTION_TIMER,
  /** The idle timer fired ([MS-CONMGMT] 3.5.6). */
  IDLE_TIMER,
  /** The expiry timer fired ([MS-CONMGMT] 3.4.6). */
  EXPIRY_TIMER,
  /** The peer used to answer keep-alives and did not answer one in time. */
  PONG_TIMER,
  /** The same endpoint authenticated on a newer connection ([MS-CONMGMT] 3.5.5). */
  REPLACED,
  /** Refused: too many connections. */
  REFUSED,
  /** The stack or the application closed it. */
  LOCAL,
  /** The stack was stopped. */
  SHUTDOWN
}
