/** What an operator sees of a stack: the MBean and the meters for Micrometer. */
package net.conmgmt.sip.monitoring;
