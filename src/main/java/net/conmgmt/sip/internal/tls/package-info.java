/**
 * TLS over the wire of a socket ({@code TlsWire}): encrypts and decrypts, checks whom a connection
 * leads to, and chooses the certificate that this side shows ([MS-CONMGMT] 3.2, 3.3).
 */
package net.conmgmt.sip.internal.tls;
