/**
 * Microsoft's Connection Management Protocol, [MS-CONMGMT], for JAIN-SIP. {@link
 * net.conmgmt.sip.ConnectionManagement} is all that an application needs to touch, and only if it
 * wants to look inside.
 */
package net.conmgmt.sip;
