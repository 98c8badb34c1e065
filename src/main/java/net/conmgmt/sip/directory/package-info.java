/** The endpoint directory: which proxy, and which of its connections, holds an endpoint. */
package net.conmgmt.sip.directory;
