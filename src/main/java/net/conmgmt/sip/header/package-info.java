/** The Ms-Keep-Alive header field ([MS-CONMGMT] section 2.2.1): interface, factory and parser. */
package net.conmgmt.sip.header;
