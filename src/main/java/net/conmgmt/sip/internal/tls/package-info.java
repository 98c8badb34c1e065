/**
 * Speaks TLS over the wire of a socket, checks that a server's certificate names the server that
 * was dialled, and chooses the certificate that this side shows ([MS-CONMGMT] 3.2, 3.3).
 *
 * <p>A {@code TlsWire} is made of {@code HandshakeSteps} (the handshake, and which thread reads),
 * {@code RecordReader} and {@code RecordWriter}, which share a {@code TlsState} and its lock;
 * {@code TlsEngine} wraps the JDK's engine for them.
 */
package net.conmgmt.sip.internal.tls;
