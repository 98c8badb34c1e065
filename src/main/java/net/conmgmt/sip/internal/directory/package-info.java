/** The endpoint directory of one proxy, in memory or shared with others. */
package net.conmgmt.sip.internal.directory;
