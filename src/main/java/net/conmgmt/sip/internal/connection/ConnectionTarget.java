package net.conmgmt.sip.internal.connection;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The peer to connect to.
 *
 * @param address a resolved address and port
 * @param transport {@code TCP} or {@code TLS}
 * @param peerName the FQDN of the peer, which its certificate must carry, or null when unknown
 */
public record ConnectionTarget(
    InetSocketAddress address, String transport, @Nullable String peerName) {}
