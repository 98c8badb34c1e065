/** The message processor factory that gives a stack its managed transport. */
package net.conmgmt.sip.transport;
