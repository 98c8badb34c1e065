/**
 * What the RI's own public tests and examples of TCP and TLS are about, as scenarios that run over
 * the RI's stock transports and over the managed ones: keep-alive by RFC 5626, reconnecting, stream
 * parsing, self-routing, calls, subscriptions, stopping.
 *
 * <p>A scenario asserts the same outcome everywhere. {@code differing-outcomes.txt} lists where
 * that is known not to hold and what is seen instead; what is not listed holds.
 */
package net.conmgmt.sip.scenarios;
