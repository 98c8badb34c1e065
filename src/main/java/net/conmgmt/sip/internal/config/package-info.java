/** Configuration: every stack property in one table, and what belongs to one SIP stack. */
package net.conmgmt.sip.internal.config;
