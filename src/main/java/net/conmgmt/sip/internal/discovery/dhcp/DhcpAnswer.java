package net.conmgmt.sip.internal.discovery.dhcp;

import java.util.List;

/**
 * A DHCP server's answer. Immutable.
 *
 * @param messageType option 53
 * @param transactionId the xid of the request that it answers
 * @param hardwareAddress chaddr, as {@link DhcpMessages#text} writes it
 * @param names the distinct host names of option 120 in the server's order, without final dot
 * @param addresses the addresses of option 120, also those that are spelled as names
 */
record DhcpAnswer(
    int messageType,
    int transactionId,
    String hardwareAddress,
    List<String> names,
    List<String> addresses) {}
