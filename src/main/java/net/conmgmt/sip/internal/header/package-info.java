/**
 * The Ms-Keep-Alive header field ([MS-CONMGMT] 2.2.1): interface, parser, factory and its
 * registration with the RI.
 */
package net.conmgmt.sip.internal.header;
