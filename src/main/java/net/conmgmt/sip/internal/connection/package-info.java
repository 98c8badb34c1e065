/**
 * A connection as the rest of the library sees it: its life, why it ended, its timers, and which
 * endpoint it belongs to. Nothing here knows a socket or the RI's stack package.
 */
package net.conmgmt.sip.internal.connection;
