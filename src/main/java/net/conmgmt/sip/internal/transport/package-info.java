/**
 * The managed transport as the RI sees it; the only package that knows gov.nist.javax.sip.stack.
 */
package net.conmgmt.sip.internal.transport;
