/**
 * The sample user agent and proxy, started by {@code samples/run}. They are ordinary JAIN-SIP
 * applications: connection management comes in by stack properties, and {@link
 * net.conmgmt.sip.ConnectionManagement} is used to watch it.
 */
package net.conmgmt.samples;
