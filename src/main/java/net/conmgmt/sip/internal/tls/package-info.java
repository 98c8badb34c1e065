/**
 * Who the peer of a TLS connection must be, and what this side shows of itself ([MS-CONMGMT] 3.2,
 * 3.3).
 */
package net.conmgmt.sip.internal.tls;
