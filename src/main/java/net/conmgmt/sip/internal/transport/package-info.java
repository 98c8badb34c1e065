/**
 * The managed transport as the RI sees it; the only package that knows gov.nist.javax.sip.stack.
 *
 * <p>A byte in: a loop of {@code internal.io} (one for all sockets, or with blocking I/O one for
 * each) finds a readable socket, and its wire ({@code NioWire}) hands what was read to its user.
 * Over TLS that is a {@code TlsWire}, which decrypts record by record; until its handshake is done,
 * what arrives waits for a turn in the {@code HandshakeQueue}. {@code SocketConnection} stamps the
 * time and gives the plaintext to {@code IncomingBytes}, whose {@code StreamFramer} cuts messages
 * and CRLFs out of it. A whole message waits for its turn in the connection's {@code
 * SerialExecutor}; then a worker gives it to {@code ManagedMessageChannel}, which parses it, shows
 * it to the connection's handler and passes it to the RI.
 *
 * <p>A byte out: {@code PeerChannels} finds the channel to the peer or makes one. The RI hands the
 * message to that {@code ManagedMessageChannel}, which shows it to the handler and encodes it.
 * {@code SocketConnection} connects if nothing did so before, and writes to its wire. {@code
 * TlsWire} makes records, one at a time, as soon as the handshake is done and the socket takes
 * them. The socket's wire writes on the calling thread what the socket takes at once; the rest, and
 * everything before the connection is open, waits in a {@code WriteQueue}. No thread waits inside
 * any of this. Only {@code SocketConnection.awaitOpen} waits, on the thread of an application whose
 * {@code sendRequest} has to throw.
 *
 * <p>The end: {@code ConnectionEnd} takes its steps one by one (timers, framer, tables, wire, and
 * last the event {@code closed} behind the messages that have arrived), and again from where it
 * was, should there be no heap for one.
 *
 * <p>Locks, from the outside to the inside: the lock of a {@code SerialExecutor}, that of a {@code
 * TlsWire}, that of the socket's wire. {@code ConnectionLifecycle} has one that no other is taken
 * in. Handlers and users are called with none of them held.
 */
package net.conmgmt.sip.internal.transport;
