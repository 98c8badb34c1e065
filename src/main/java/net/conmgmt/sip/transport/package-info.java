/** Managed TCP transport; the only package that knows gov.nist.javax.sip.stack. */
package net.conmgmt.sip.transport;
