/**
 * Microsoft's Connection Management Protocol, [MS-CONMGMT], for JAIN-SIP. Stack properties switch
 * it on; {@link net.conmgmt.sip.ConnectionManagement} is for applications that want to see or
 * influence what happens.
 */
package net.conmgmt.sip;
