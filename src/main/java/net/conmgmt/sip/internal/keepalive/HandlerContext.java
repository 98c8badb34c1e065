package net.conmgmt.sip.internal.keepalive;

import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * What the handlers of all connections of a stack share.
 *
 * @param warnings where a peer's doings are complained about
 * @param spoken the dialects in which offers are made and answered
 * @param whenClosed forgets the handler of a connection that has ended
 */
record HandlerContext(
    ConnectionRegistry registry,
    PeerWarnings warnings,
    Scheduler scheduler,
    RandomGenerator random,
    List<Dialect> spoken,
    Consumer<ManagedConnection> whenClosed) {}
