/**
 * The managed transport as the RI sees it; the only package that knows gov.nist.javax.sip.stack.
 *
 * <p>A byte in: a loop of {@code internal.io} (one for all sockets, or with blocking I/O one for
 * each) finds a readable socket, and its wire ({@code NioWire}) hands what was read to its user.
 * Over TLS that is a {@code TlsWire}: its {@code HandshakeSteps} keep what arrives for the next
 * step while the handshake lasts, and its {@code RecordReader} decrypts record by record. {@code
 * SocketConnection} stamps the time and gives the plaintext to {@code IncomingBytes}, whose {@code
 * StreamFramer} cuts messages and CRLFs out of it. A whole message waits for its turn in the
 * connection's {@code SerialExecutor}; then a worker gives it to {@code IncomingMessages}, which
 * parses it. {@code ManagedMessageChannel} shows it to the connection's handler and passes it to
 * the RI.
 *
 * <p>A byte out: {@code PeerChannels} finds the channel to the peer or makes one. The RI hands the
 * message to that {@code ManagedMessageChannel}, whose {@code OutgoingMessages} show it to the
 * handler and have it encoded. {@code OutgoingBytes} have {@code ConnectAttempt} connect if nothing
 * did so before, and write to the connection's wire. The {@code RecordWriter} of a {@code TlsWire}
 * makes records, one at a time, as soon as the handshake is done and the socket takes them. The
 * socket's wire writes on the calling thread what the socket takes at once; the rest, and
 * everything before the connection is open, waits in a {@code WriteQueue}. No thread waits for a
 * peer inside any of this. Only the methods of {@code ConnectAttempt} that begin with await wait,
 * on the thread of an application: in {@code sendRequest}, which has to throw, and where it asks
 * for what only an open connection has.
 *
 * <p>The end: {@code ConnectionEnd} takes its steps one by one (timers, framer, tables, wire, and
 * last the event {@code closed} behind the messages that have arrived), and again from where it
 * was, should there be no heap for one.
 *
 * <p>Locks, from the outside to the inside: the lock of a {@code SerialExecutor}, that of a {@code
 * TlsWire} ({@code TlsState}), that of the socket's wire. {@code ConnectionLifecycle} has one that
 * no other is taken in. Handlers and users are called with none of them held.
 */
package net.conmgmt.sip.internal.transport;
