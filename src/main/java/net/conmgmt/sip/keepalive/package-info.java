/** Which endpoint has authenticated on a connection ([MS-CONMGMT] section 3.5.5). */
package net.conmgmt.sip.keepalive;
