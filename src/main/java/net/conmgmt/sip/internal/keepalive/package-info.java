/** Keep-alive negotiation and its binding to connections, both sides ([MS-CONMGMT] 3.4, 3.5). */
package net.conmgmt.sip.internal.keepalive;
