/** SIP server discovery by DHCP: DHCPINFORM (RFC 2131) asking for option 120 (RFC 3361). */
package net.conmgmt.sip.internal.discovery.dhcp;
