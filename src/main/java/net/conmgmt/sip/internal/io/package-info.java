/**
 * Moves the bytes of sockets, blocking or not: loops, wires and the queues of what is to be
 * written.
 */
package net.conmgmt.sip.internal.io;
