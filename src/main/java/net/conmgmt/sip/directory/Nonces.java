package net.conmgmt.sip.directory;

import java.time.Duration;
import java.util.Optional;

/**
 * Nonces for challenges (RFC 3261 section 22) that every proxy of one {@link EndpointDirectory}
 * knows without asking, so that a client may answer at one proxy what another has challenged it
 * with. They carry their time and a code made with a secret that these proxies share. Thread-safe;
 * nothing blocks.
 */
public interface Nonces {

  /** A new one, which nobody can guess. */
  String issue();

  /**
   * How old a nonce is, by the clocks of the machines; empty if none of these proxies issued it.
   * Which age is too old, and which nonce counts were used, is for the application to decide.
   */
  Optional<Duration> ageOf(String nonce);
}
