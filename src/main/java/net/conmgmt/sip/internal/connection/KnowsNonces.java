package net.conmgmt.sip.internal.connection;

import java.util.function.Predicate;

/** A rule that can take nonces into account which another proxy has issued. */
public interface KnowsNonces {

  /** Nonces for which this holds count as sent by this stack. */
  void alsoKnows(Predicate<String> issuedByOneOfUs);
}
