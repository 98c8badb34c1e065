/** The outbound proxy of a stack: the router that finds it, and the report on how it was found. */
package net.conmgmt.sip.discovery;
