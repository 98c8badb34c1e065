/** Cuts a stream of bytes into SIP messages and keep-alives; pure code. */
package net.conmgmt.sip.internal.framing;
